import { html, nothing } from '/assets/lit-html.js';
import { join } from '../chart.js';
import { clock, count, duration, percent, rate } from '../format.js';
import { fact, panel } from '../ui.js';

const curveOf = (points) => [points.map((point) => point.elapsed_seconds), points.map((point) => point.transactions_per_second)];

/** The curve of a batch beside the one of the month before, which grows by a point at a time. */
export function curvesOf({ series, previous_series: previous }) {
  const own = [...series];
  return {
    add: (point) => {
      if (point !== null && point.sampled_at > (own.at(-1)?.sampled_at ?? '')) own.push(point);
    },
    data: () => {
      if (own.length === 0 && previous.length === 0) return [[0], [null], [null]];
      return previous.length === 0 ? [...curveOf(own), own.map(() => null)] : join(curveOf(own), curveOf(previous));
    },
  };
}

const options = {
  series: [{ label: 'this batch', color: 'accent', fill: 'accent-wash' }, { label: 'the month before', color: 'muted', dash: true }], value: rate,
};

export const throughputPanel = ({ throughput, comparison, batch }, data) => panel('Throughput', html`
  <dl class="facts small">
    ${fact('Current', rate(throughput.current_rate))}${fact('Average', rate(throughput.average_rate))}${fact('Peak', rate(throughput.peak_rate))}
    ${fact('Target', rate(throughput.target_rate))}${fact('Of target', percent(throughput.percent_of_target))}${fact('Entries', rate(throughput.entries_per_second))}
  </dl>
  <line-chart class="chart" role="img" aria-label="Transactions per second over the time of the batch, beside the month before"
    .options=${options} .data=${data}></line-chart>`, {
  wide: 'two', note: comparison === null || comparison.expected_seconds === null ? nothing : html`like ${comparison.previous_batch_id} it would take ${duration(comparison.expected_seconds)}${
    batch.is_running && Date.parse(comparison.expected_finish) > Date.now() ? html`, until ${clock(comparison.expected_finish)}` : nothing}`,
});
