import { html, nothing } from '/assets/lit-html.js';
import { load } from '../api.js';
import { date, money, none } from '../format.js';
import { link } from '../link.js';
import { fact, panel, table } from '../ui.js';

// as text: money is never a number
const isZero = (amount) => /^0(\.0*)?$/.test(amount);

/** An entry with its lines, down to the row and the line of the file that it came from. */
export default async function entryPage({ show, params, signal, title }) {
  title(params.number);
  const entry = await load(`/entries/${params.number}`, {}, signal);
  // its number names its ledger
  const ledger = Number(params.number.split('-')[1]);
  show(html`<div class="title"><div><h1>${entry.je_number}</h1><span class="muted">${entry.description}</span></div>
      <div class="buttons"><a class="button" href=${link('/ledger', { period: entry.period }, ledger)}>Trial balance ${entry.period}</a><a class="button" href=${link(`/batches/${entry.batch_id}`, {}, ledger)}>${entry.batch_id}</a></div></div>
    <div class="stack">
      ${panel('Lines', table([
        ['Line', (row) => row.line_no, 'right tight'], ['Account', (row) => html`<a href=${link(`/ledger/${row.account_code}`, { period: entry.period }, ledger)}>${row.account_code}</a>`, 'tight'], ['Name', (row) => row.account_name],
        ['Debit', (row) => (isZero(row.debit) && !isZero(row.credit) ? nothing : money(row.debit, entry.currency)), 'right'],
        ['Credit', (row) => (isZero(row.credit) ? nothing : money(row.credit, entry.currency)), 'right'], ['Currency', () => entry.currency, 'tight'],
      ], entry.lines, { caption: 'Lines' }))}
      <div class="pair">
        ${panel('Entry', html`<dl class="list">${fact('Date', entry.je_date)}${fact('Kind', `${entry.entry_code}, rules version ${entry.rule_version}`)}
          ${fact('Product', entry.product_code)}${fact('Cost center', entry.cost_center)}${fact('Posted', date(entry.posted_at))}</dl>`)}
        ${panel('Source row', html`<dl class="list">${fact(entry.source.type, html`<span class="mono">${entry.source.id}</span>`)}
          ${fact('Amount', entry.source.amount === null ? none : `${money(entry.source.amount, entry.currency)} ${entry.currency}`)}
          ${entry.import === null ? nothing : html`${fact('File', html`${entry.import.file_name}<small>line ${entry.import.line}</small>`)}${fact('Imported', date(entry.import.imported_at))}
            ${fact('SHA-256', html`<span class="mono wrap">${entry.import.sha256}</span>`)}`}
          ${Object.entries(entry.source.row ?? {}).map(([name, value]) => fact(name, String(value ?? none)))}</dl>`)}
      </div></div>`);
}
