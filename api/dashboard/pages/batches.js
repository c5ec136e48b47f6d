import { html, nothing } from '/assets/lit-html.js';
import { load } from '../api.js';
import { count, date, duration, rate } from '../format.js';
import { timelineBar, timelineLegend } from '../parts/timeline.js';
import { badge, empty, panel, table } from '../ui.js';

const over = ['COMPLETED', 'FAILED', 'CANCELLED'];
const pathOf = (batch) => (over.includes(batch.status) ? `/batches/${batch.batch_id}` : `/?batch=${batch.batch_id}`);

/** Runs as bars of their phases; two of them can be compared. */
export default async function batches({ show, go, query, signal, title }) {
  title('Batches');
  const ledger = Number(query.get('ledger') ?? 1);
  const before = query.get('before');
  const rows = await load('/timelines', { ledger, before }, signal);
  if (rows.length === 0 && before === null) return show(empty('No batch yet', html`<p>A batch is one run over one month. The first close makes one.</p>`));
  const chosen = new Set((query.get('with') ?? '').split(',').filter(Boolean));
  const isShare = query.get('bars') === 'share';
  const longest = Math.max(0.01, ...rows.map((row) => Number(row.elapsed_seconds)));
  // a batch is known by its latest attempt: earlier ones are shown, and have no page
  const latest = new Set();
  for (const row of rows) row.isLatest = !latest.has(row.batch_id) && latest.add(row.batch_id) !== undefined;

  const choose = (row) => {
    if (!chosen.delete(row.batch_id)) chosen.add(row.batch_id);
    if (chosen.size > 2) chosen.delete(chosen.values().next().value);
    query.set('with', [...chosen].join(','));
    history.replaceState(null, '', `?${query}`);
    paint();
  };

  const columns = [
    [html`<span class="hidden">Compare</span>`, (row) => (row.isLatest ? html`<input type="checkbox" aria-label=${`Compare ${row.batch_id}`}
      .checked=${chosen.has(row.batch_id)} @change=${() => choose(row)}>` : nothing), 'tight'],
    ['Batch', (row) => html`${row.isLatest ? html`<a href=${pathOf(row)}>${row.batch_id}</a>` : row.batch_id}${row.attempt > 1 || !row.isLatest ? html`<small>attempt ${row.attempt}</small>` : nothing}`, 'tight'],
    ['State', (row) => html`${badge(row.status)} ${row.is_dry_run ? badge('DRY RUN') : nothing}`, 'tight'],
    ['Opened', (row) => date(row.opened_at), 'tight extra'],
    ['Transactions', (row) => count(row.transaction_count), 'right'],
    ['Rate', (row) => rate(Number(row.transaction_count) / Number(row.elapsed_seconds) || null), 'right extra'],
    ['Time', (row) => duration(row.elapsed_seconds), 'right'],
    ['Phases', (row) => timelineBar(row, isShare ? undefined : longest), 'wide'],
  ];
  const paint = () => {
    const [one, other] = [...chosen];
    show(html`<div class="title"><div><h1>Batches</h1></div><div class="buttons">
        <a class="button" href=${`/batches?ledger=${ledger}${isShare ? '' : '&bars=share'}${before === null ? '' : `&before=${before}`}`}>${isShare ? 'Bars by time' : 'Bars by share'}</a>
        ${chosen.size === 2 ? html`<a class="button primary" href=${`/compare?a=${one}&b=${other}&ledger=${ledger}`}>Compare the two</a>`
          : html`<span class="muted">Choose two to compare them</span>`}</div></div>
      ${panel('Newest first', html`${table(columns, rows, { caption: 'Batches', rowClass: ({ status }) => (status === 'FAILED' ? 'bad' : '') })}
        <div class="pager">${before === null ? nothing : html`<a class="button" href="/batches">Newest</a>`}
          ${rows.length === 40 ? html`<a class="button" href=${`/batches?ledger=${ledger}&before=${rows.at(-1).batch_no}`}>Older</a>` : nothing}</div>`,
      { note: timelineLegend() })}`);
  };
  paint();
  return undefined;
}
