import { html, nothing } from '/assets/lit-html.js';
import { load } from '../api.js';
import { count, date, duration, rate } from '../format.js';
import { timelineBar, timelineLegend } from '../parts/timeline.js';
import { ledgerHere, link } from '../link.js';
import { regularly } from '../live.js';
import { badge, empty, panel, table } from '../ui.js';

const over = ['COMPLETED', 'FAILED', 'CANCELLED'];
const pathOf = (batch) => (over.includes(batch.status) ? link(`/batches/${batch.batch_id}`) : link('/', { batch: batch.batch_id }));

/** Runs as bars of their phases; two of them can be compared. */
export default async function batches({ show, query, signal, title, again }) {
  title('Batches');
  const ledger = ledgerHere();
  const before = query.get('before');
  let rows = [];
  const chosen = new Set((query.get('with') ?? '').split(',').filter(Boolean));
  const isShare = query.get('bars') === 'share';

  const choose = (row) => {
    if (!chosen.delete(row.batch_id)) chosen.add(row.batch_id);
    if (chosen.size > 2) chosen.delete(chosen.values().next().value);
    query.set('with', [...chosen].join(','));
    history.replaceState(null, '', `?${query}`);
    paint();
  };

  const longest = () => Math.max(0.01, ...rows.map((row) => Number(row.elapsed_seconds)));
  const columns = [
    [html`<span class="hidden">Compare</span>`, (row) => (row.isLatest ? html`<input type="checkbox" aria-label=${`Compare ${row.batch_id}`}
      .checked=${chosen.has(row.batch_id)} @change=${() => choose(row)}>` : nothing), 'tight'],
    ['Batch', (row) => html`${row.isLatest ? html`<a href=${pathOf(row)}>${row.batch_id}</a>` : row.batch_id}${row.attempt > 1 || !row.isLatest ? html`<small>attempt ${row.attempt}</small>` : nothing}`, 'tight'],
    ['State', (row) => html`${badge(row.status)} ${row.is_dry_run ? badge('DRY RUN') : nothing}`, 'tight'],
    ['Opened', (row) => date(row.opened_at), 'tight extra'],
    ['Transactions', (row) => count(row.transaction_count), 'right'],
    ['Rate', (row) => rate(row.is_dry_run ? null : Number(row.posted_count) / Number(row.elapsed_seconds) || null), 'right extra'],
    ['Time', (row) => duration(row.elapsed_seconds), 'right'],
    ['Phases', (row) => timelineBar(row, isShare ? undefined : longest()), 'wide'],
  ];
  const paint = () => {
    if (rows.length === 0 && before === null) return show(empty('No batch yet', html`<p>A batch is one run over one month. The first close makes one.</p>`));
    const [one, other] = [...chosen];
    return show(html`<div class="title"><div><h1>Batches</h1></div><div class="buttons">
        <a class="button" href=${link('/batches', { bars: isShare ? null : 'share', before })}>${isShare ? 'Bars by time' : 'Bars by share'}</a>
        ${chosen.size === 2 ? html`<a class="button primary" href=${link('/compare', { a: one, b: other })}>Compare the two</a>`
          : html`<span class="muted">Choose two to compare them</span>`}</div></div>
      ${panel('Newest first', html`${table(columns, rows, { caption: 'Batches', rowClass: ({ status }) => (status === 'FAILED' ? 'bad' : '') })}
        <div class="pager">${before === null ? nothing : html`<a class="button" href=${link('/batches')}>Newest</a>`}
          ${rows.length === 40 ? html`<a class="button" href=${link('/batches', { before: rows.at(-1).batch_no })}>Older</a>` : nothing}</div>`,
      { note: timelineLegend() })}`);
  };
  const read = async () => {
    rows = await load('/timelines', { ledger, before }, signal);
    // a batch is known by its latest attempt: earlier ones are shown, and have no page
    const latest = new Set();
    for (const row of rows) row.isLatest = !latest.has(row.batch_id) && latest.add(row.batch_id) !== undefined;
    paint();
  };
  await read();
  regularly(read, { signal, again });
}
