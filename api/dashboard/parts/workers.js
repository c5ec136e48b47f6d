import { html, nothing } from '/assets/lit-html.js';
import { count, percent, rate } from '../format.js';
import { fact, panel } from '../ui.js';

const words = { PENDING: 'waiting', RUNNING: 'running', PROCESSED: 'posted', VALIDATED: 'validated', FAILED: 'failed' };

export const describe = (worker) => `worker ${worker.worker_id}: ${words[worker.status] ?? worker.status}, ${percent(worker.percent)} of ${count(worker.transaction_count)}${
  worker.rate === null ? '' : `, ${rate(worker.rate)}`}${worker.is_slow ? ', slow' : ''}${worker.quiet_seconds === null ? '' : `, checkpoint ${Math.round(worker.quiet_seconds)} s ago`}${
  worker.error_message === null ? '' : `: ${worker.error_message}`}`;

const tell = (event) => {
  const place = event.currentTarget.parentElement.querySelector('.told');
  const cell = event.target.closest('[data-text]');
  place.textContent = cell?.dataset.text ?? place.dataset.rest;
};

const mostListed = 2;

/** Who needs somebody to look: failed workers, and slow ones that are at work. The place for them is always there. */
const troubled = (list) => {
  const all = list.filter(({ status, is_slow: isSlow }) => status === 'FAILED' || (isSlow && status === 'RUNNING'));
  return html`<ul class="troubled">${all.slice(0, mostListed).map((worker) => html`<li class=${worker.status === 'FAILED' ? 'bad' : 'warn'}>${describe(worker)}</li>`)}
    ${all.length > mostListed ? html`<li class="warn">and ${all.length - mostListed} more: see Details, Workers</li>` : nothing}</ul>`;
};

const rest = 'Point at a worker to read it; failed ones, and slow ones at work, are listed below.';

/** Every worker as a cell: how far by its filling, what it does by its colour and mark. */
export const workersPanel = ({ counts, list }) => panel('Workers', html`
  <dl class="facts small">
    ${fact('Running', count(counts?.running ?? 0))}${fact('Complete', html`${count(counts?.complete ?? 0)}<small>of ${count(counts?.total ?? 0)}</small>`)}
    ${fact('Slow', count(counts?.slow ?? 0))}${fact('Failed', count(counts?.failed ?? 0))}
    ${fact('A worker', rate(counts?.average_rate))}${fact('Target', rate(counts?.target_rate))}
  </dl>
  <div class="cells" role="img" .style=${`--cell:${list.length > 120 ? 1.15 : list.length > 40 ? 1.7 : 2.6}rem`} aria-label=${counts === null ? 'No workers yet' : `${counts.total} workers: ${counts.complete} complete, ${counts.running} running, ${counts.pending} waiting, ${counts.slow} slow, ${counts.failed} failed`}
    @mouseover=${tell} @mouseleave=${tell}>${list.map((worker) => html`<i class="cell ${words[worker.status] ?? ''} ${worker.is_slow ? 'slow' : ''}"
      data-text=${describe(worker)} .style=${`--done:${worker.percent ?? 0}%`}></i>`)}</div>
  <p class="told muted" data-rest=${rest}>${rest}</p>
  ${troubled(list)}
  ${list.length === 0 ? html`<p class="muted">Workers are made in phase 3.</p>` : nothing}`, { wide: 'two' });
