import { html, nothing } from '/assets/lit-html.js';
import { cancelDialog, resumeDialog, scaleDialog, startDialog } from '../actions.js';
import { load, may } from '../api.js';
import '../chart.js';
import { clock, date, duration, percent } from '../format.js';
import { ledgerHere, link } from '../link.js';
import { follow, regularly } from '../live.js';
import { alertsPanel, databasePanel, eventsPanel, latencyPanel, resourcesPanel, validationPanel } from '../parts/panels.js';
import { phases } from '../parts/phases.js';
import { progressOf } from '../parts/progress.js';
import { curvesOf, throughputPanel } from '../parts/throughput.js';
import { workersPanel } from '../parts/workers.js';
import { badge, empty } from '../ui.js';

const states = {
  connecting: 'Connecting', live: 'Live', polling: 'Asking every 5 s', paused: 'Paused', ended: 'Ended', away: 'The service is away; asking every 5 s',
};

/** The latest attempt of the batch that is asked for, else the batch that runs, else the last one. */
async function choose(named, ledger, signal) {
  if (named !== null) return load(`/batches/${named}`, { ledger }, signal);
  const { batches } = await load('/batches', { ledger, limit: 20 }, signal);
  const over = ['COMPLETED', 'FAILED', 'CANCELLED'];
  return batches.find(({ status }) => !over.includes(status)) ?? batches[0];
}

function actions(batch, who) {
  if (!may(who, 'operator')) return nothing;
  if (!batch.is_running) {
    return batch.status === 'FAILED' || batch.status === 'CANCELLED'
      ? html`<button class="button" @click=${() => startDialog(batch.ledger_id)}>Close again</button>` : nothing;
  }
  return html`
    <button class="button" @click=${() => scaleDialog(batch)}>Scale</button>
    <button class="button" @click=${() => resumeDialog(batch)}>Resume</button>
    ${batch.committed_at === null ? html`<button class="button danger" @click=${() => cancelDialog(batch)}>Cancel</button>` : nothing}`;
}

const header = (screen, who, state, pause) => {
  const { batch } = screen;
  return html`<div class="title">
    <div><h1>${batch.batch_id}</h1>${badge(batch.status)}${batch.is_dry_run ? html`<span class="badge off">DRY RUN</span>` : nothing}</div>
    <div class="buttons">
      <span class="pulse ${state}" role="status">${states[state]}</span><span class="updated">updated ${clock(screen.read_at)}</span>
      ${batch.is_running ? html`<button class="button" @click=${pause} aria-pressed=${state === 'paused'} title="Pause (p)">${state === 'paused' ? 'Go on' : 'Pause'}</button>` : nothing}
      ${actions(batch, who)}
      <a class="button" href=${link(`/batches/${batch.batch_id}`)}>Details</a></div></div>
    <p class="meta">attempt ${batch.attempt}, opened ${date(batch.opened_at)} from ${batch.opened_from}</p>`;
};

/** Why a batch has failed: the last thing that it said. */
const reason = ({ batch, events }) => (batch.status !== 'FAILED' ? nothing : html`<aside class="reason" aria-label="Why it has failed">
  <p>${events[0]?.message ?? 'It left no event.'}</p>
  <p><a href=${link(`/batches/${batch.batch_id}`, { tab: 'validations' })}>What was checked</a>, and
    <a href=${link(`/batches/${batch.batch_id}`, { tab: 'rejects' })}>what was rejected</a>. The period is open again.</p></aside>`);

const footer = ({ sampler, sampled_at: sampledAt }) => html`<p class="foot muted">
  Sampled at most once a second whoever looks, last at ${clock(sampledAt)}; watching took ${duration(sampler.sampler_seconds)},
  ${sampler.percent === null ? 'no share yet' : html`${Number(sampler.percent).toFixed(2)} %`} of the batch's statement time.
  The same in psql: <code>select * from month_end.batch_overview</code></p>`;

const nothingYet = (who) => empty('No month has been closed yet', html`
  <p>Import what upstream delivers, then close its month. What happens then is shown here as it happens.</p>
  <p><code>./monthend import premiums FILE…</code><br><code>./monthend close 2003-01</code></p>
  ${may(who, 'operator') ? html`<p><button class="button primary" @click=${() => startDialog()}>Close a month</button></p>` : nothing}`);

/** What people look at in the night of a close. */
export default async function live({ show, who, query, signal, title, again }) {
  title('Live');
  const ledger = ledgerHere();
  const named = query.get('batch');
  const chosen = await choose(named, ledger, signal);
  let state = 'connecting';
  // another batch, or another attempt, is shown as soon as there is one
  regularly(async () => {
    const current = await choose(named, ledger, signal);
    if (state !== 'paused' && current?.batch_no !== chosen?.batch_no) await again();
  }, { signal, again });
  if (chosen === undefined) return show(nothingYet(who));
  const batch = chosen.batch_id;
  const first = await load(`/batches/${batch}/screen`, { ledger }, signal);
  const curves = curvesOf(first);
  let screen = first;
  if (!first.batch.is_running) state = 'ended';
  let follower;
  let pointed;
  const point = (worker) => {
    if (worker === pointed) return;
    pointed = worker;
    paint();
  };

  const paint = () => {
    const { batch: shown } = screen;
    title(shown.is_running ? `${percent(shown.percent)} ${batch}` : `${shown.status} ${batch}`);
    show(html`<div class="live">
      ${header(screen, who, state, () => follower?.pause())}
      ${reason(screen)}
      ${progressOf(screen)}
      ${phases(screen)}
      <div class="grid">
        <div class="side ${screen.alerts.length > 0 ? 'urgent' : ''}">${alertsPanel(screen.alerts)}${eventsPanel(screen)}</div>
        ${throughputPanel(screen, curves.data())}
        ${workersPanel(screen.workers, { batch: shown, pointed, point })}
        ${latencyPanel(screen.latency)}
        ${validationPanel(screen)}
        ${databasePanel(screen.database)}
        ${resourcesPanel(screen.resources)}
      </div>
      ${footer(screen)}</div>`);
  };

  paint();
  if (!first.batch.is_running) return undefined;
  follower = follow({
    batch, ledger, signal,
    onScreen: (next) => {
      screen = next;
      curves.add(next.point);
      paint();
    },
    onState: (next, error) => {
      // the session has ended meanwhile: the way in is shown
      if (error?.status === 401) void again();
      if (next === state) return;
      state = next;
      paint();
    },
  });
  addEventListener('pause', follower.pause, { signal });
  return undefined;
}
