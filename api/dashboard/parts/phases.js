import { html } from '/assets/lit-html.js';
import { duration, roughly } from '../format.js';

const stateOf = ({ is_running: isRunning, finished_at: finishedAt }) => {
  if (isRunning) return 'running';
  return finishedAt === null ? 'waiting' : 'done';
};

/** The eight phases, each against its budget, while they run too; a batch has failed in the last that began. */
export const phases = ({ batch, phases: timeline }) => html`<ol class="phases" aria-label="Phases">${timeline.map((phase, place) => {
  const isLast = phase.started_at !== null && (timeline[place + 1]?.started_at ?? null) === null;
  const state = batch.status === 'FAILED' && isLast ? 'failed' : stateOf(phase);
  const share = state === 'done' || state === 'failed' ? 100 : Math.min(100, (100 * Number(phase.seconds ?? 0)) / Number(phase.budget_seconds));
  return html`<li class=${state} aria-current=${state === 'running' ? 'step' : 'false'}>
    <span class="step"><i .style=${`--done:${share}%`}></i></span>
    <span class="name">${phase.phase} ${phase.name}</span>
    <span class="seconds">${state === 'failed' ? 'failed, ' : ''}${state === 'waiting' ? '–' : duration(phase.seconds)}<small> of ${roughly(phase.budget_seconds)}</small></span></li>`;
})}</ol><p class="budgets muted">Beside each phase its budget, which is that of ten million transactions.</p>`;
