import { html } from '/assets/lit-html.js';
import { load } from '../api.js';
import { amountOf, count, date } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { regularly } from '../live.js';
import { alertItem } from '../parts/panels.js';
import { badge, empty, panel, table } from '../ui.js';

/** Alerts: those that are open with what to do, and what there was. */
export default async function alerts({ show, signal, title, again }) {
  title('Alerts');
  const read = async () => paint(await load('/alerts', { ledger: ledgerHere() }, signal), show);
  await read();
  regularly(read, { signal, again });
}

function paint(all, show) {
  const open = all.filter((alert) => alert.is_open);
  if (all.length === 0) return show(empty('No alert has been raised', html`<p>Throughput, workers, remaining time and failures of a running batch are held against their thresholds, which are settings of the database.</p>`));
  return show(html`<div class="title"><div><h1>Alerts</h1><span class="muted">${open.length === 0 ? 'none is open' : `${open.length} open`}</span></div></div>
    <div class="stack">
      ${panel('Open', open.length === 0 ? html`<p class="calm">✓ None.</p>` : html`<ul class="alerts">${open.map(alertItem)}</ul>`)}
      ${panel('All', table([
        ['Severity', (row) => badge(row.severity), 'tight'], ['Alert', (row) => row.alert.toLowerCase().replaceAll('_', ' ')],
        ['Batch', (row) => (row.batch_id === null ? '' : html`<a href=${link(`/batches/${row.batch_id}`)}>${row.batch_id}</a>`), 'tight'],
        ['Value', (row) => amountOf(row.worst_value, row.unit), 'right'], ['Threshold', (row) => count(row.threshold), 'right'],
        ['Opened', (row) => date(row.opened_at), 'tight'], ['Cleared', (row) => (row.cleared_at === null ? badge('OPEN') : date(row.cleared_at)), 'tight'],
      ], all, { caption: 'Alerts' }))}</div>`);
}
