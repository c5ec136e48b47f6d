import { html, nothing } from '/assets/lit-html.js';
import { count, duration, minute, none, percent } from '../format.js';
import { fact } from '../ui.js';

const remaining = ({ is_running: isRunning, seconds_left: left, seconds_left_low: low, seconds_left_high: high }) => {
  if (!isRunning) return none;
  if (left === null) return html`not known yet`;
  return html`${duration(left)}<small>${duration(low)} to ${duration(high)}</small>`;
};

const finish = (batch) => {
  if (batch.is_running) return batch.expected_finish === null ? none : minute(batch.expected_finish);
  return minute(batch.completed_at ?? batch.committed_at);
};

/** How far, since when, until when. */
export function progressOf({ batch, comparison }) {
  const done = Number(batch.percent ?? 0);
  return html`<section class="progress" aria-label="Progress">
    <div class="bar ${batch.status === 'FAILED' || batch.status === 'CANCELLED' ? 'stopped' : ''}" role="progressbar" aria-label="Progress of the batch"
      aria-valuenow=${done} aria-valuemin="0" aria-valuemax="100" .style=${`--done:${done}%`}><span></span>
      ${comparison !== null && batch.is_running ? html`<i class="ghost" .style=${`left:${comparison.previous_percent}%`} title=${`${comparison.previous_batch_id} at this time`}></i>` : nothing}</div>
    <dl class="facts">
      ${fact('Progress', percent(batch.percent))}
      ${fact('Elapsed', duration(batch.elapsed_seconds))}
      ${fact('Remaining', remaining(batch))}
      ${fact(batch.is_running ? 'Expected finish' : 'Finished', finish(batch))}
      ${fact('Transactions', html`${count(batch.processed_count)}<small>of ${count(batch.transaction_count)}</small>`)}
      ${fact('The month before', comparison === null ? none : html`${batch.is_running ? percent(comparison.previous_percent) : duration(comparison.previous_seconds)}<small>${
        batch.is_running ? html`then; finish ${minute(comparison.expected_finish)}` : comparison.previous_batch_id}</small>`,
        { title: comparison === null ? undefined : `${comparison.previous_batch_id}: ${duration(comparison.previous_seconds)} for ${count(comparison.previous_transaction_count)} transactions` })}
    </dl></section>`;
}
