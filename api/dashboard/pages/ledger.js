import { html, nothing } from '/assets/lit-html.js';
import { load, may } from '../api.js';
import { count, money } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { badge, empty, panel, table } from '../ui.js';

const find = (go) => (event) => {
  event.preventDefault();
  void go(link(`/entries/${new FormData(event.currentTarget).get('number').trim()}`));
};

/** The trial balance of a period; its accounts lead to their lines. */
export default async function ledgerPage({ show, go, who, query, signal, title }) {
  title('Ledger');
  const ledger = ledgerHere();
  const periods = await load('/periods', { ledger }, signal);
  const posted = periods.filter(({ next_number: next }) => next !== '1');
  const period = query.get('period') ?? posted[0]?.period;
  if (period === undefined) return show(empty('Nothing is posted yet', html`<p>The trial balance shows what committed batches have posted.</p>`));
  const { accounts, totals } = await load('/trial-balance', { ledger, period }, signal);
  title(`Ledger ${period}`);
  const mayRead = may(who, 'auditor');
  return show(html`<div class="title"><div><h1>Trial balance ${period}</h1>${badge(periods.find((each) => each.period === period)?.state ?? 'OPEN')}</div>
      <div class="line">
        <label>Period<select @change=${(event) => go(link('/ledger', { period: event.target.value }))}>${posted.map((each) => html`
          <option value=${each.period} ?selected=${each.period === period}>${each.period}</option>`)}</select></label>
        ${mayRead ? html`<form class="line" @submit=${find(go)}><label>Entry<input name="number" required pattern="JE-\\d{1,3}-\\d{4}-\\d{2}-\\d{10}" placeholder="JE-1-2003-01-0000000001" size="24"></label>
          <button class="button">Show</button></form>` : nothing}</div></div>
    ${panel('Accounts', html`${table([
      ['Account', (row) => (row.isTotal ? nothing : mayRead ? html`<a href=${link(`/ledger/${row.account_code}`, { period })}>${row.account_code}</a>` : row.account_code), 'tight'],
      ['Name', (row) => row.account_name], ['Type', (row) => row.type ?? nothing, 'extra'], ['Currency', (row) => row.currency, 'extra'],
      ['Debit', (row) => money(row.debit, row.currency), 'right'], ['Credit', (row) => money(row.credit, row.currency), 'right'], ['Balance', (row) => (row.isTotal ? nothing : money(row.balance, row.currency)), 'right'],
      ['Lines', (row) => (row.isTotal ? nothing : count(row.line_count)), 'right extra'],
    ], [...accounts, ...totals.map((total) => ({ ...total, isTotal: true, account_name: 'Total' }))],
    { caption: `Trial balance ${period}`, rowClass: ({ isTotal }) => (isTotal ? 'total' : '') })}`,
    { note: totals.every(({ debit, credit }) => debit === credit) ? 'debits equal credits' : html`<span class="badge bad">debits differ from credits</span>` })}`);
}
