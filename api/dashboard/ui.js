import { html, nothing, render } from '/assets/lit-html.js';
import { none } from './format.js';

// What several pages are built of.

const kinds = {
  COMPLETED: 'good', COMMITTED: 'good', PASS: 'good', POSTED: 'good', CLOSED: 'good', FAILED: 'bad', FAIL: 'bad', CRITICAL: 'bad',
  CANCELLED: 'off', LOCKED: 'off', WARN: 'warn', WARNING: 'warn', OPEN: 'warn', CORRECTED: 'good',
};

export const badge = (status) => html`<span class="badge ${kinds[status] ?? 'busy'}">${status}</span>`;

export const fact = (name, value, { unit = '', title } = {}) => html`
  <div class="fact" title=${title ?? nothing}><dt>${name}</dt><dd>${value}${unit === '' ? nothing : html`<small>${unit}</small>`}</dd></div>`;

export const panel = (title, body, { wide = '', note = nothing, id } = {}) => html`
  <section class="panel ${wide}" aria-labelledby=${id ?? `panel-${title.replaceAll(' ', '-')}`}>
    <header><h2 id=${id ?? `panel-${title.replaceAll(' ', '-')}`}>${title}</h2><span class="note">${note}</span></header>${body}</section>`;

/** A table: columns are [head, cell of a row, class]. */
export const table = (columns, rows, { caption, empty = 'Nothing here.', rowClass = () => '' } = {}) => html`
  <div class="scroll" tabindex="0" role="group" aria-label=${caption ?? 'Table'}>
    <table><caption class="hidden">${caption ?? ''}</caption>
      <thead><tr>${columns.map(([name, , kind = '']) => html`<th scope="col" class=${kind}>${name}</th>`)}</tr></thead>
      <tbody>${rows.length === 0 ? html`<tr><td colspan=${columns.length} class="muted">${empty}</td></tr>` : nothing}
        ${rows.map((row) => html`<tr class=${rowClass(row)}>${columns.map(([, cell, kind = '']) => html`<td class=${kind}>${cell(row) ?? none}</td>`)}</tr>`)}</tbody>
    </table></div>`;

const copy = (text) => async (event) => {
  const button = event.currentTarget;
  // absent where the page is served neither over TLS nor by this machine
  await navigator.clipboard?.writeText(text);
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 1_500);
};

export const command = (text) => html`<span class="command"><code>${text}</code><button class="button quiet" aria-label=${`Copy ${text}`} @click=${copy(text)}>Copy</button></span>`;

export const empty = (title, body) => html`<div class="empty"><h1>${title}</h1>${body}</div>`;

export const failure = (error, again) => html`<div class="empty" role="alert"><h1>${error.message}</h1>
  ${error.detail ? html`<p>${error.detail}</p>` : nothing}${error.nextStep ? html`<p class="muted">${error.nextStep}</p>` : nothing}
  ${again === undefined ? nothing : html`<p><button class="button" @click=${again}>Try again</button></p>`}</div>`;

/** A modal dialog; `body` gets a function that closes it. Focus goes back to where it was. */
export function dialog(title, body) {
  const place = document.getElementById('dialogs');
  const element = document.createElement('dialog');
  element.setAttribute('aria-label', title);
  const close = () => element.close();
  element.addEventListener('close', () => element.remove());
  element.addEventListener('click', (event) => { if (event.target === element) close(); });
  place.append(element);
  render(html`<h2>${title}</h2>${body(close, element)}`, element);
  element.showModal();
  return element;
}
