import { html, nothing } from '/assets/lit-html.js';
import { amountOf, bytes, bytesPerSecond, clock, count, duration, milliseconds, none, percent } from '../format.js';
import { link } from '../link.js';
import { badge, command, fact, panel } from '../ui.js';

// The smaller panels of the screen.

export const alertItem = (alert) => html`<li class=${alert.severity === 'CRITICAL' ? 'bad' : 'warn'}>
  <strong>${badge(alert.severity)} ${alert.alert.toLowerCase().replaceAll('_', ' ')}</strong>
  <span class="muted">${alert.value === null ? nothing : html`${amountOf(alert.value, alert.unit)}, threshold ${count(alert.threshold)}; `}since ${clock(alert.opened_at)}</span>
  <p>${alert.meaning}</p>${alert.command === '' ? nothing : command(alert.command)}</li>`;

export const alertsPanel = (alerts) => panel('Alerts', alerts.length === 0
  ? html`<p class="calm"><span aria-hidden="true">✓</span> None is open.</p>`
  : html`<ul class="alerts">${alerts.map(alertItem)}</ul>`, { note: alerts.length === 0 ? nothing : count(alerts.length) });

export const eventsPanel = ({ events, batch }) => panel('Events', html`<ol class="events" aria-label="Events, the latest first">${events.map((event) => html`
  <li><time datetime=${event.at} title=${event.at}>${clock(event.at)}</time><span>${event.message}</span></li>`)}
  ${events.length === 0 ? html`<li class="muted">None yet.</li>` : nothing}</ol>`,
  { wide: 'fill', note: html`latest first; <a href=${link(`/batches/${batch.batch_id}`, { tab: 'events' })}>all of them</a>` });

export const latencyPanel = (latency) => panel('Chunk latency', html`<dl class="list">
  ${fact('p50', milliseconds(latency?.p50_ms))}${fact('p95', milliseconds(latency?.p95_ms))}${fact('p99', milliseconds(latency?.p99_ms))}
  ${fact('Longest', milliseconds(latency?.max_ms))}${fact('A transaction, p95', latency === null ? none : `${latency.transaction_p95_ms} ms`)}
  ${fact('Chunks done', count(latency?.chunks))}</dl>`);

const stages = { PREFLIGHT: 'Pre-flight', WORKER: 'Per worker', PRECOMMIT: 'Pre-commit' };

export const validationPanel = ({ validation, batch }) => panel('Validation', html`<dl class="list">${validation.map((stage) => fact(
  stages[stage.stage],
  html`${stage.status === null ? html`<span class="muted">${batch.is_running ? 'not yet' : 'not reached'}</span>` : badge(stage.status)}${stage.status === null ? nothing : html`<small>${count(stage.pass)} pass${
    stage.warn > 0 ? `, ${count(stage.warn)} warn` : ''}${stage.fail > 0 ? `, ${count(stage.fail)} fail` : ''}</small>`}`))}</dl>
  <p><a href=${link(`/batches/${batch.batch_id}`, { tab: 'validations' })}>Rules, and the SQL behind them</a></p>`);

const waitsOf = (waits) => {
  const all = Object.entries(waits ?? {}).sort(([, one], [, other]) => other - one);
  if (all.length === 0) return 'none';
  const [[name, sessions]] = all;
  return html`<span title=${all.map(([each, waiting]) => `${each} ${waiting}`).join(', ')}>${name} ${sessions}${all.length > 1 ? html`<small>and ${all.length - 1} more</small>` : nothing}</span>`;
};

const secondsOf = (ms) => duration(ms === null ? null : ms / 1000);

export const databasePanel = (server) => panel('Database', server === null ? html`<p class="muted">Not available: no sample yet.</p>` : html`<dl class="list">
  ${fact('Connections', html`${count(server.connections)}<small>of ${count(server.max_connections)}, ${percent(server.utilisation_percent)}</small>`)}
  ${fact('Statements', html`${count(server.active_statements)}<small>active</small>`)}
  ${fact('Query time', html`${secondsOf(server.query_ms)}<small>longest ${secondsOf(server.longest_query_ms)}</small>`)}
  ${fact('Cache hit', server.cache_hit_percent === null ? none : `${server.cache_hit_percent} %`)}
  ${fact('Waits', waitsOf(server.waits))}
  ${fact('WAL', bytesPerSecond(server.wal_bytes_per_second))}
  ${fact('Checkpoints', html`${count(server.checkpoints_timed)}<small>timed, ${count(server.checkpoints_requested)} requested</small>`)}
  ${fact('Oldest snapshot', duration(server.oldest_snapshot_seconds))}
  ${fact('Prepared', html`${count(server.prepared_transactions)}<small>transactions</small>`)}</dl>`);

export const resourcesPanel = (host) => panel('Resources', host === null ? html`<p class="muted">Not available.</p>` : html`<dl class="list">
  ${fact('CPU', percent(host.cpu_percent))}
  ${fact('Memory', html`${percent(host.memory_percent)}<small>of ${bytes(host.memory_bytes)}</small>`)}
  ${fact('Disk read', bytesPerSecond(host.disk_read_bytes_per_second))}
  ${fact('Disk written', bytesPerSecond(host.disk_written_bytes_per_second))}
  ${fact('Disk free', bytes(host.disk_free_bytes))}
  ${fact('Network in', bytesPerSecond(host.network_received_bytes_per_second))}
  ${fact('Network out', bytesPerSecond(host.network_sent_bytes_per_second))}</dl>`, { note: host === null ? nothing : `${host.label}, ${host.name}` });
