import { html, nothing } from '/assets/lit-html.js';
import { load } from '../api.js';
import '../chart.js';
import { count, duration, none, percent, rate } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { badge, empty, panel, table } from '../ui.js';

const trends = [
  ['Time to close', [['whole batch', 'total_seconds'], ['processing', 'processing_seconds'], ['target', 'target_seconds']], duration],
  ['Throughput', [['whole batch', 'transactions_per_second'], ['processing', 'processing_transactions_per_second'], ['target', 'target_transactions_per_second']], rate],
  ['A worker', [['rate', 'worker_transactions_per_second'], ['target', 'target_worker_transactions_per_second']], rate],
  ['Volume', [['transactions', 'transaction_count'], ['entries', 'entry_count']], count],
];
const colors = ['accent', 'warn', 'muted'];

/** Key figures of complete batches, by both clocks, month after month. */
export default async function figures({ show, signal, title }) {
  title('Key figures');
  const ledger = ledgerHere();
  const rows = await load('/kpis', { ledger, limit: 60 }, signal);
  if (rows.length === 0) return show(empty('No key figures yet', html`<p>They are stored when a batch is complete.</p>`));
  const months = rows.filter(({ is_supplement: isSupplement }) => !isSupplement).toReversed();
  const places = months.map((_, index) => index);
  // a target that is far off would press the curves flat: it stands beside the title instead
  const most = (curves) => Math.max(...curves.filter(([label]) => label !== 'target').flatMap(([, field]) => months.map((month) => Number(month[field]))));
  const targetOf = (curves) => curves.filter(([label]) => label === 'target').map(([, field]) => Number(months.at(-1)?.[field])).at(0) ?? 0;
  const isFar = (curves) => targetOf(curves) > 2 * most(curves);
  const chart = ([name, curves, format]) => panel(name, html`<line-chart class="chart" role="img" aria-label=${`${name} by month`}
    .options=${{ series: curves.map(([label], index) => ({ label, color: label === 'target' ? 'muted' : colors[index], dash: label === 'target', isFar: label === 'target' && isFar(curves) })), value: format,
      x: (place) => months[place]?.period ?? '', steps: [1, 2, 3, 6, 12, 24] }}
    .data=${[places, ...curves.map(([, field]) => months.map((month) => month[field]))]}></line-chart>`,
    { note: isFar(curves) ? `target ${format(targetOf(curves))}, off the chart` : nothing });
  return show(html`<div class="title"><div><h1>Key figures</h1><span class="muted">processing counts from the launch of the workers to the commit, the whole from the opening to the end</span></div></div>
    <div class="stack"><div class="pair">${trends.map(chart)}</div>
      ${panel('By month', table([
        ['Batch', (row) => html`<a href=${link(`/batches/${row.batch_id}`)}>${row.batch_id}</a>`, 'tight'], ['On time', (row) => badge(row.is_on_time ? 'PASS' : 'FAIL'), 'tight'],
        ['Time', (row) => html`${duration(row.total_seconds)}<small>${duration(row.processing_seconds)}</small>`, 'right'], ['Buffer', (row) => duration(row.buffer_seconds), 'right'],
        ['Throughput', (row) => html`${rate(row.transactions_per_second)}<small>${rate(row.processing_transactions_per_second)}</small>`, 'right'],
        ['A worker', (row) => rate(row.worker_transactions_per_second), 'right'], ['Utilisation', (row) => percent(row.utilisation_percent), 'right'],
        ['p95', (row) => (row.transaction_p95_ms === null ? none : `${row.transaction_p95_ms} ms`), 'right'], ['Transactions', (row) => count(row.transaction_count), 'right'], ['Rejected', (row) => count(row.rejected_count), 'right'],
        ['Entries', (row) => count(row.entry_count), 'right'], ['Workers', (row) => count(row.worker_count), 'right'], ['Success', (row) => percent(row.success_percent), 'right'],
      ], rows, { caption: 'Key figures by batch' }), { note: 'small: processing alone' })}</div>`);
}
