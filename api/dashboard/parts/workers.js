import { html, nothing } from '/assets/lit-html.js';
import { count, percent, rate } from '../format.js';
import { fact, panel } from '../ui.js';

const words = { PENDING: 'waiting', RUNNING: 'running', PROCESSED: 'posted', VALIDATED: 'validated', FAILED: 'failed' };

const describe = (worker) => `worker ${worker.worker_id}: ${words[worker.status] ?? worker.status}, ${percent(worker.percent)} of ${count(worker.transaction_count)}${
  worker.rate === null ? '' : `, ${rate(worker.rate)}`}${worker.is_slow ? ', slow' : ''}${worker.quiet_seconds === null ? '' : `, checkpoint ${Math.round(worker.quiet_seconds)} s ago`}${
  worker.error_message === null ? '' : `: ${worker.error_message}`}`;

const columnsOf = (grid) => getComputedStyle(grid).gridTemplateColumns.split(' ').length;

/** The place that a key leads to from another, of so many; undefined: the key is not ours. */
function moved(key, from, { length, columns }) {
  const places = { ArrowRight: from + 1, ArrowLeft: from - 1, ArrowDown: from + columns, ArrowUp: from - columns, Home: 0, End: length - 1 };
  return key in places ? Math.min(length - 1, Math.max(0, places[key])) : undefined;
}

/** One stop for the tab key; arrows go from worker to worker. `point` is told which one is looked at. */
function ways({ list, pointed, point }) {
  const at = (event) => Number(event.target.closest('[data-worker]')?.dataset.worker ?? NaN);
  return {
    over: (event) => { if (at(event) >= 0) point(at(event)); },
    leave: (event) => { if (event.pointerType === 'mouse' && document.activeElement !== event.currentTarget) point(undefined); },
    focus: () => { if (pointed === undefined) point(list[0]?.worker_id); },
    key: (event) => {
      const from = list.findIndex((worker) => worker.worker_id === pointed);
      const to = moved(event.key, from, { length: list.length, columns: columnsOf(event.currentTarget) });
      if (to === undefined) return;
      event.preventDefault();
      point(list[to].worker_id);
    },
  };
}

const mostListed = 2;

/** Who needs somebody to look: failed workers, and slow ones that are at work. The place for them is always there. */
const troubled = (list) => {
  const all = list.filter(({ status, is_slow: isSlow }) => status === 'FAILED' || (isSlow && status === 'RUNNING'));
  return html`<ul class="troubled">${all.slice(0, mostListed).map((worker) => html`<li class=${worker.status === 'FAILED' ? 'bad' : 'warn'}>${describe(worker)}</li>`)}
    ${all.length > mostListed ? html`<li class="warn">and ${all.length - mostListed} more: see Details, Workers</li>` : nothing}</ul>`;
};

const rest = 'Point at a worker, or use the arrow keys, to read it; failed and slow ones are listed below.';

const told = (list, pointed) => {
  const worker = list.find(({ worker_id: id }) => id === pointed);
  return worker === undefined ? rest : describe(worker);
};

/** Every worker as a cell: how far by its filling, what it does by its colour and mark. */
function cells({ counts, list, pointed, point }) {
  if (list.length === 0) return html`<p class="muted">Workers are made in phase 3.</p>`;
  const { over, leave, focus, key } = ways({ list, pointed, point });
  return html`<div class="cells" role="listbox" tabindex="0" .style=${`--cell:${list.length > 120 ? 1.15 : list.length > 40 ? 1.7 : 2.6}rem`}
    aria-label=${`${counts.total} workers: ${counts.complete} complete, ${counts.running} running, ${counts.pending} waiting, ${counts.slow} slow, ${counts.failed} failed`}
    aria-activedescendant=${pointed === undefined ? nothing : `worker-${pointed}`} @pointerover=${over} @click=${over} @pointerleave=${leave} @focus=${focus} @keydown=${key}>
    ${list.map((worker) => html`<i class="cell ${words[worker.status] ?? ''} ${worker.is_slow ? 'slow' : ''}" role="option" id=${`worker-${worker.worker_id}`} data-worker=${worker.worker_id}
      aria-selected=${worker.worker_id === pointed} aria-label=${describe(worker)} .style=${`--done:${worker.percent ?? 0}%`}></i>`)}</div>`;
}

export const workersPanel = ({ counts, list }, { batch, pointed, point }) => panel('Workers', html`
  <dl class="facts small">
    ${fact('Running', count(counts?.running ?? 0))}${fact('Complete', html`${count(counts?.complete ?? 0)}<small>of ${count(counts?.total ?? 0)}</small>`)}
    ${fact('Slow', count(counts?.slow ?? 0))}${fact('Failed', count(counts?.failed ?? 0))}
    ${fact('A worker', rate(counts?.average_rate))}${fact('Target', rate(counts?.target_rate))}
  </dl>
  ${cells({ counts, list, pointed, point })}
  <p class="told muted">${list.length === 0 ? nothing : told(list, pointed)}</p>
  ${troubled(list)}
`, { wide: 'two', note: batch.wanted_sessions === null ? nothing : html`sessions wanted: ${count(batch.wanted_sessions)}` });
