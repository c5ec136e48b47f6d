import { html, nothing } from '/assets/lit-html.js';
import { count, duration, minute, none, percent } from '../format.js';
import { fact } from '../ui.js';

const remaining = ({ is_running: isRunning, seconds_left: left, seconds_left_low: low, seconds_left_high: high }) => {
  if (!isRunning) return none;
  if (left === null) return html`not known yet`;
  return html`${duration(left)}<small>${duration(low)} to ${duration(high)}</small>`;
};

const ending = ({ is_running: isRunning, status }) => (isRunning ? 'Expected finish' : status === 'COMPLETED' ? 'Finished' : 'Ended');

const finish = (batch) => {
  if (batch.is_running) return batch.expected_finish === null ? none : minute(batch.expected_finish);
  return minute(Date.parse(batch.opened_at) + 1000 * Number(batch.elapsed_seconds));
};

/** Where the month before was at this time, or that it was done by then. */
function before({ batch, comparison }) {
  if (comparison === null) return none;
  const { previous_batch_id: id, previous_percent: share, previous_seconds: seconds, expected_finish: until } = comparison;
  if (!batch.is_running) return html`${duration(seconds)}<small>${id}</small>`;
  if (isDone(comparison)) return html`done<small>after ${duration(seconds)}</small>`;
  return html`${percent(share)}<small>then${until === null || Date.parse(until) < Date.now() ? nothing : html`; finish ${minute(until)}`}</small>`;
}

const isDone = ({ previous_percent: share }) => Number(share) >= 100;

/** How far, since when, until when. */
export function progressOf({ batch, comparison }) {
  const done = Number(batch.percent ?? 0);
  return html`<section class="progress" aria-label="Progress">
    <div class="bar ${batch.status === 'FAILED' || batch.status === 'CANCELLED' ? 'stopped' : ''}" role="progressbar" aria-label="Progress of the batch"
      aria-valuenow=${done} aria-valuemin="0" aria-valuemax="100" .style=${`--done:${done}%`}><span></span>
      ${comparison !== null && batch.is_running && !isDone(comparison) ? html`<i class="ghost" .style=${`left:${comparison.previous_percent}%`} title=${`${comparison.previous_batch_id} at this time`}></i>` : nothing}</div>
    <dl class="facts">
      ${fact('Progress', percent(batch.percent))}
      ${fact('Elapsed', duration(batch.elapsed_seconds))}
      ${fact('Remaining', remaining(batch))}
      ${fact(ending(batch), finish(batch))}
      ${fact('Transactions', html`${count(batch.processed_count)}<small>of ${count(batch.transaction_count)}</small>`)}
      ${fact('The month before', before({ batch, comparison }),
        { title: comparison === null ? undefined : `${comparison.previous_batch_id}: ${duration(comparison.previous_seconds)} for ${count(comparison.previous_transaction_count)} transactions` })}
    </dl></section>`;
}
