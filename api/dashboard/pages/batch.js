import { html, nothing } from '/assets/lit-html.js';
import { cancelDialog, resumeDialog } from '../actions.js';
import { load, may } from '../api.js';
import { clock, count, date, duration, money, none, rate } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { badge, command, fact, panel, table } from '../ui.js';

const stages = { PREFLIGHT: 'Pre-flight', WORKER: 'Per worker', PRECOMMIT: 'Pre-commit' };

const amounts = (byCurrency) => Object.entries(byCurrency).map(([currency, amount]) => `${money(amount, currency)} ${currency}`).join(', ') || none;

async function report({ path, at, signal }) {
  const given = await load(`${path}/report`, at, signal);
  return html`<div class="stack">
    ${panel('Result', html`<dl class="facts">
      ${fact('Posted', count(given.transactions.posted))}${fact('Rejected', count(given.transactions.rejected))}${fact('Set aside', count(given.transactions.set_aside))}
      ${fact('Entries', count(given.entries))}${fact('Lines', count(given.lines))}${fact('Throughput', rate(given.transactions_per_second))}</dl>
      <dl class="list spaced">${fact('Debits', amounts(given.debits))}${fact('Credits', amounts(given.credits))}
        ${fact('Digest', html`<span class="mono wrap">${given.digest ?? none}</span>`)}${fact('Numbers', given.first_number === null ? none : `${count(given.first_number)} to ${count(given.last_number)}`)}
        ${fact('Committed', date(given.committed_at))}</dl>`)}
    ${panel('Control: source = posted + rejected + set aside', table([
      ['Source', (row) => row.source], ['Currency', (row) => row.currency], ['Source rows', (row) => count(row.source_count), 'right'],
      ['Source amount', (row) => money(row.source_amount, row.currency), 'right'], ['Posted', (row) => count(row.posted_count), 'right'],
      ['Posted amount', (row) => money(row.posted_amount, row.currency), 'right'], ['Rejected', (row) => count(row.rejected_count), 'right'],
      ['Rejected amount', (row) => money(row.rejected_amount, row.currency), 'right'], ['Set aside', (row) => count(row.set_aside_count), 'right'],
    ], given.control, { caption: 'Control figures', empty: 'Not before pre-flight.' }), { id: 'control' })}
    ${panel('Phases', table([
      ['Phase', (row) => `${row.phase} ${row.name}`], ['Time', (row) => duration(row.seconds), 'right'],
    ], given.phases, { caption: 'Phases', empty: 'None has ended yet.' }))}</div>`;
}

/** The SQL behind a rule, fetched when somebody wants to read it. */
function ruleSql(rule, signal) {
  const read = async (event) => {
    const place = event.currentTarget.querySelector('.sql');
    if (!event.currentTarget.open || place.childElementCount > 0) return;
    const { render } = await import('/assets/lit-html.js');
    try {
      const functions = await load(`/validation-rules/${rule}`, {}, signal);
      render(functions.map(({ function_name: name, purpose, sql }) => html`<p class="muted">month_end.${name}: ${purpose}</p><pre tabindex="0"><code>${sql}</code></pre>`), place);
    } catch (error) {
      if (!signal.aborted) render(html`<p class="problem">${error.message}</p>`, place);
    }
  };
  return html`<details @toggle=${read}><summary>SQL</summary><div class="sql"></div></details>`;
}

async function validations({ path, at, batch, signal }) {
  const [results, { validation }] = await Promise.all([load(`${path}/validations`, at, signal), load(`${path}/screen/events`, at, signal)]);
  const isOver = ['COMPLETED', 'FAILED', 'CANCELLED'].includes(batch.status);
  const query = `select * from month_end.batch_validation_results where batch_no = ${batch.batch_no}`;
  return html`<div class="stack">${Object.entries(stages).map(([stage, name]) => {
    const rows = results.filter((result) => result.stage === stage);
    const { status, pass } = validation.find((each) => each.stage === stage);
    const missing = isOver ? 'Not reached.' : 'Not checked yet.';
    return panel(name, rows.length === 0
      ? html`<p class="muted">${status === null ? missing : `All ${count(pass)} results of the workers are PASS.`}</p>`
      : table([
        ['Result', (row) => badge(row.status), 'tight'], ['Rule', (row) => html`<span class="mono">${row.rule}</span>${row.worker_id === null ? nothing : html`<small>worker ${row.worker_id}</small>`}`, 'tight'],
        ['Expected', (row) => row.expected], ['Found', (row) => row.actual], ['Detail', (row) => (row.status === 'PASS' ? none : row.detail), 'prose'],
        ['Behind it', (row) => ruleSql(row.rule, signal), 'sqlcell'],
      ], rows, { caption: `${name} validation`, rowClass: ({ status }) => (status === 'FAIL' ? 'bad' : '') }));
  })}<p class="muted">All of them, the workers' too: ${command(query)}</p></div>`;
}

async function rejects({ path, at, who, signal }) {
  if (!may(who, 'auditor')) return html`<p class="muted">Rows of the source are in them: this takes the role auditor, operator or approver.</p>`;
  const rows = await load(`${path}/rejects`, at, signal);
  const byReason = Map.groupBy(rows, ({ rule }) => rule);
  return html`<div class="stack">
    ${rows.length === 0 ? nothing : panel('By rule', table([
      ['Rule', ([rule]) => html`<span class="mono">${rule}</span>`], ['Rows', ([, some]) => count(some.length), 'right'], ['For instance', ([, [first]]) => first.reason],
    ], [...byReason].sort(([, one], [, other]) => other.length - one.length), { caption: 'Rejects by rule' }))}
    ${panel('Rejected transactions', table([
      ['State', (row) => badge(row.state), 'tight'], ['Source', (row) => row.source], ['Id', (row) => html`<span class="mono">${row.source_id}</span>`],
      ['Rule', (row) => html`<span class="mono">${row.rule}</span>`], ['Reason', (row) => row.reason, 'prose'],
      ['Amount', (row) => (row.amount === null ? none : `${money(row.amount, row.currency)} ${row.currency ?? ''}`), 'right'],
      ['File', (row) => (row.file_name === null ? none : html`${row.file_name}<small>line ${row.import_line}</small>`)],
      ['Row', (row) => html`<details><summary>as it was</summary><pre tabindex="0">${JSON.stringify(row.original, null, 2)}</pre></details>`, 'tight'],
    ], rows, { caption: 'Rejected transactions', empty: 'Nothing was rejected.' }))}
    <p class="muted">Correct them at their source, import the corrected file, then close what came late as a supplement.</p></div>`;
}

async function workers({ path, at, signal }) {
  const rows = await load(`${path}/workers`, at, signal);
  return panel('Workers', table([
    ['Worker', (row) => row.worker_id, 'right'], ['State', (row) => badge(row.status), 'tight'], ['Chunks', (row) => (row.first_chunk === row.last_chunk ? row.first_chunk : `${row.first_chunk} to ${row.last_chunk}`), 'right'],
    ['Done', (row) => html`${count(row.processed_count)}<small>of ${count(row.transaction_count)}</small>`, 'right'], ['Busy', (row) => duration(Number(row.busy_ms) / 1000), 'right'],
    ['Rate', (row) => rate(Number(row.busy_ms) > 0 ? (1000 * Number(row.processed_count)) / Number(row.busy_ms) : null), 'right'],
    ['Attempts', (row) => count(row.attempts), 'right'], ['Session', (row) => (row.leased_by === null ? none : html`<span title=${row.leased_by}>${row.leased_by.split(' at ').at(-1)}</span>`), 'tight'], ['Error', (row) => (row.error_message === null ? none : `${row.error_sqlstate} ${row.error_message}`)],
  ], rows, { caption: 'Workers', empty: 'Workers are made in phase 3.', rowClass: ({ status }) => (status === 'FAILED' ? 'bad' : '') }));
}

async function events({ path, at, signal }) {
  const rows = await load(`${path}/events`, at, signal);
  return panel('Events', table([
    ['At', (row) => html`<time datetime=${row.at} title=${row.at}>${clock(row.at)}</time>`, 'tight'], ['Kind', (row) => html`<span class="mono">${row.kind}</span>`, 'tight'], ['What', (row) => row.message],
  ], rows.toReversed(), { caption: 'Events', empty: 'None.' }), { note: 'latest first' });
}

const tabs = { report: ['Report', report], validations: ['Validations', validations], rejects: ['Rejects', rejects], workers: ['Workers', workers], events: ['Events', events] };

function actions(batch, who) {
  if (!may(who, 'operator') || ['COMPLETED', 'FAILED', 'CANCELLED'].includes(batch.status)) return nothing;
  return html`<button class="button" @click=${() => resumeDialog(batch)}>Resume</button>
    ${batch.committed_at === null ? html`<button class="button danger" @click=${() => cancelDialog(batch)}>Cancel</button>` : nothing}`;
}

/** One batch: what came of it, and why. */
export default async function page({ show, who, params, query, signal, title }) {
  const ledger = ledgerHere();
  const path = `/batches/${params.batch}`;
  const chosen = query.get('tab') in tabs ? query.get('tab') : 'report';
  title(params.batch);
  const batch = await load(path, { ledger }, signal);
  const body = await tabs[chosen][1]({ path, at: { ledger }, batch, who, signal });
  show(html`<div class="title"><div><h1>${batch.batch_id}</h1>${badge(batch.status)}${batch.is_dry_run ? badge('DRY RUN') : nothing}
      <span class="muted">attempt ${batch.attempt}, opened ${date(batch.opened_at)}</span></div>
      <div class="buttons">${actions(batch, who)}<a class="button" href=${link('/', { batch: batch.batch_id })}>Screen</a>
        ${batch.committed_at === null ? nothing : html`<a class="button" href=${link('/ledger', { period: batch.period })}>Trial balance</a>`}</div></div>
    <nav class="tabs" aria-label="Parts of the batch">${Object.entries(tabs).map(([tab, [name]]) => html`
      <a href=${link(path, { tab })} aria-current=${tab === chosen ? 'page' : 'false'}>${name}</a>`)}</nav>
    ${batch.next_call === null ? nothing : html`<p class="muted">Next in psql: ${command(batch.next_call)}</p>`}
    ${body}`);
}
