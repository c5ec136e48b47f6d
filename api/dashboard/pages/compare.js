import { html, nothing } from '/assets/lit-html.js';
import { load } from '../api.js';
import { join } from '../chart.js';
import { count, date, duration, none, percent, rate } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { badge, empty, panel, table } from '../ui.js';

const curve = ({ series }, field) => [series.map((point) => point.elapsed_seconds), series.map((point) => point[field])];

/** How much more the second has than the first, in percent of it. */
const change = (one, other) => {
  if (one === null || other === null || one === undefined || other === undefined || Number(one) === 0) return none;
  const share = (100 * (Number(other) - Number(one))) / Number(one);
  return `${share > 0 ? '+' : ''}${share.toFixed(0)} %`;
};

const figures = [
  ['State', ({ batch }) => badge(batch.status)], ['Opened', ({ batch }) => date(batch.opened_at)],
  ['Time', ({ batch }) => batch.elapsed_seconds, duration], ['Transactions', ({ batch }) => batch.transaction_count, count],
  ['Average', ({ throughput }) => throughput.average_rate, rate], ['Peak', ({ throughput }) => throughput.peak_rate, rate],
  ['Entries', ({ throughput }) => throughput.entries_per_second, rate], ['Workers', ({ workers }) => workers.counts?.total, count],
  ['A worker', ({ workers }) => workers.counts?.average_rate, rate], ['Chunk p95', ({ latency }) => latency?.p95_ms, (ms) => (ms === undefined ? none : `${count(ms)} ms`)],
  ['Chunk, longest', ({ latency }) => latency?.max_ms, (ms) => (ms === undefined ? none : `${count(ms)} ms`)],
  ['Rules that failed', ({ validation }) => validation.reduce((sum, { fail }) => sum + fail, 0), count],
];

/** Two batches beside each other: figures, phases, curves. */
export default async function compare({ show, query, signal, title }) {
  title('Compare');
  const [a, b] = [query.get('a'), query.get('b')];
  if (a === null || b === null) return show(empty('Which two?', html`<p>Choose them under <a href=${link('/batches')}>Batches</a>.</p>`));
  const [one, other] = await Promise.all([a, b].map((batch) => load(`/batches/${batch}/screen`, { ledger: ledgerHere() }, signal)));
  const value = (screen, [, read, format]) => (format === undefined ? read(screen) : format(read(screen)));
  const options = (format) => ({ series: [{ label: a, color: 'accent' }, { label: b, color: 'warn' }], value: format });
  return show(html`<div class="title"><div><h1>${a} and ${b}</h1></div>
      <div class="buttons"><a class="button" href=${link('/compare', { a: b, b: a })}>The other way round</a></div></div>
    <div class="stack">
      <div class="pair">
        ${panel('Progress', html`<line-chart class="chart" role="img" aria-label="Percent done over the time of each batch" .options=${options(percent)}
          .data=${join(curve(one, 'percent'), curve(other, 'percent'))}></line-chart>`)}
        ${panel('Throughput', html`<line-chart class="chart" role="img" aria-label="Transactions per second over the time of each batch" .options=${options(rate)}
          .data=${join(curve(one, 'transactions_per_second'), curve(other, 'transactions_per_second'))}></line-chart>`)}
      </div>
      <div class="pair">
        ${panel('Phases', table([
          ['Phase', ([phase]) => `${phase.phase} ${phase.name}`, 'tight'], [a, ([phase]) => duration(phase.seconds), 'right'], [b, ([, phase]) => duration(phase.seconds), 'right'],
          ['Change', ([phase, later]) => change(phase.seconds, later.seconds), 'right'],
        ], one.phases.map((phase, index) => [phase, other.phases[index]]), { caption: 'Phases' }))}
        ${panel('Figures', table([
          ['Figure', ([name]) => name], [a, (figure) => value(one, figure), 'right'], [b, (figure) => value(other, figure), 'right'],
          ['Change', (figure) => (figure[2] === undefined ? nothing : change(figure[1](one), figure[1](other))), 'right'],
        ], figures, { caption: 'Figures' }))}
      </div></div>`);
}
