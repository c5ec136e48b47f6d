import { html } from '/assets/lit-html.js';
import { dialog } from './ui.js';

const keys = [
  ['1 … 5', 'the pages, from Live to Key figures'], ['p', 'pause and go on (Live)'], ['n', 'close a month'], ['t', 'light or dark'],
  ['?', 'this help'], ['Esc', 'closes a dialog'],
];

export const helpDialog = () => dialog('Keyboard shortcuts', (close) => html`
  <dl class="keys">${keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
  <p class="muted">What is shown is in the address: a link to this page shows the same to a colleague.</p>
  <div class="buttons"><button class="button" @click=${close} autofocus>Close</button></div>`);

/** Single keys, unless somebody is typing or a dialog is open. */
export const keysOf = ({ pages, go, theme, start }) => (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
  if (event.target.closest?.('input, select, textarea') !== null) return;
  const page = pages[Number(event.key) - 1];
  if (page !== undefined) void go(page);
  else if (event.key === 't') theme();
  else if (event.key === 'n') start();
  else if (event.key === 'p') dispatchEvent(new Event('pause'));
  else if (event.key === '?') helpDialog();
  else return;
  event.preventDefault();
};
