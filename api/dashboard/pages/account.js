import { html, nothing } from '/assets/lit-html.js';
import { load } from '../api.js';
import { money } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { panel, table } from '../ui.js';

/** Lines of an account in a period, a page at a time. */
export default async function account({ show, params, query, signal, title }) {
  const ledger = ledgerHere();
  const period = query.get('period');
  const after = query.get('after');
  title(`${params.account} in ${period}`);
  const [{ lines, next }, balance] = await Promise.all([
    load(`/accounts/${params.account}/lines`, { ledger, period, after }, signal), load('/trial-balance', { ledger, period }, signal),
  ]);
  const name = balance.accounts.find((each) => each.account_code === params.account)?.account_name ?? '';
  const pageFrom = (place) => link(`/ledger/${params.account}`, { period, after: place });
  show(html`<div class="title"><div><h1>${params.account} ${name}</h1><span class="muted">${period}</span></div>
      <div class="buttons"><a class="button" href=${link('/ledger', { period })}>Trial balance</a></div></div>
    ${panel('Lines', html`${table([
      ['Entry', (row) => html`<a class="mono" href=${link(`/entries/${row.je_number}`)}>${row.je_number}</a>`, 'tight'], ['Line', (row) => row.line_no, 'right'],
      ['Date', (row) => row.je_date, 'tight'], ['What', (row) => row.description], ['Product', (row) => row.product_code],
      ['Source', (row) => html`${row.source}<small>${row.source_id}</small>`], ['Debit', (row) => money(row.debit, row.currency), 'right'], ['Credit', (row) => money(row.credit, row.currency), 'right'],
      ['Currency', (row) => row.currency, 'tight'],
    ], lines, { caption: `Lines of ${params.account}`, empty: 'No lines.' })}
      <div class="pager">${after === null ? nothing : html`<a class="button" href=${pageFrom(null)}>First</a>`}
        ${next === null ? nothing : html`<a class="button" href=${pageFrom(next)}>Next</a>`}</div>`, { note: 'in the order of their entries' })}`);
}
