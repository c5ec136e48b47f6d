import { html, nothing, render } from '/assets/lit-html.js';
import { change, load, may, Problem } from './api.js';
import { closeDialogs, startDialog } from './actions.js';
import { helpDialog, keysOf } from './keys.js';
import { ledgerHere, link } from './link.js';
import { failure } from './ui.js';

// The shell: which page an address shows, who is looking, in which theme.

const routes = [
  [/^\/$/, () => import('./pages/live.js')],
  [/^\/batches$/, () => import('./pages/batches.js')],
  [/^\/batches\/(?<batch>[\w-]+)$/, () => import('./pages/batch.js')],
  [/^\/compare$/, () => import('./pages/compare.js')],
  [/^\/ledger$/, () => import('./pages/ledger.js')],
  [/^\/ledger\/(?<account>\w+)$/, () => import('./pages/account.js')],
  [/^\/entries\/(?<number>[\w-]+)$/, () => import('./pages/entry.js')],
  [/^\/alerts$/, () => import('./pages/alerts.js')],
  [/^\/figures$/, () => import('./pages/figures.js')],
];

const sections = [['/', 'Live'], ['/batches', 'Batches'], ['/ledger', 'Ledger'], ['/alerts', 'Alerts'], ['/figures', 'Key figures']];
const head = document.getElementById('head');
const main = document.getElementById('main');
let who;
let leaving = new AbortController();

const sectionOf = (path) => ({ compare: '/batches', entries: '/ledger' })[path.split('/')[1]] ?? `/${path.split('/')[1]}`;

function showHead() {
  render(html`
    <a class="brand" href=${link('/')}><img src="/dashboard/icon.svg" alt="" width="22" height="22">monthend</a>
    ${who === undefined ? nothing : html`
      <nav class="nav" aria-label="Pages">${sections.map(([path, name]) => html`
        <a href=${link(path)} aria-current=${sectionOf(location.pathname) === path ? 'page' : nothing}>${name}</a>`)}</nav>
      ${ledgerHere() === 1 ? nothing : html`<span class="muted">Ledger ${ledgerHere()}</span>`}
      <div class="tools">
        ${may(who, 'operator') ? html`<button class="button primary" @click=${() => startDialog()}>Close a month</button>` : nothing}
        <button class="button quiet" @click=${helpDialog} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)">?</button>
        <button class="button quiet" @click=${switchTheme} title="Light or dark (t)" aria-label="Light or dark">◐</button>
        <span class="who" title=${`Role: ${who.role}`}>${who.name}<button class="button quiet" @click=${logOut}>Log out</button></span>
      </div>`}`, head);
}

function switchTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark'
    || (document.documentElement.dataset.theme === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('theme', document.documentElement.dataset.theme);
  dispatchEvent(new Event('theme'));
}

async function logOut() {
  await change('/session/end').catch(() => undefined);
  who = undefined;
  await open();
}

/** Goes to an address of the dashboard, as a link does. */
export function go(path, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  return open();
}

async function logIn() {
  const { default: login } = await import('./pages/login.js');
  document.title = 'Log in · monthend';
  login({ show: (template) => render(template, main), done: async (holder) => {
    who = holder;
    await open();
  } });
}

/** Shows what the address says. */
async function open({ keepPlace = false } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  closeDialogs();
  const [pattern, module] = routes.find(([known]) => known.test(location.pathname)) ?? routes[0];
  const show = (template) => (signal.aborted ? undefined : render(template, main));
  try {
    const loading = module();
    who ??= await load('/session');
    showHead();
    const { default: page } = await loading;
    if (signal.aborted) return;
    if (!keepPlace) scrollTo(0, 0);
    await page({
      show, go, who, signal, params: pattern.exec(location.pathname)?.groups ?? {}, query: new URLSearchParams(location.search),
      title: (text) => { document.title = `${text} · monthend`; },
      again: () => open({ keepPlace: true }),
    });
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Problem && error.status === 401) {
      who = undefined;
      showHead();
      await logIn();
    } else {
      show(failure(error, () => open()));
    }
  }
}

addEventListener('click', (event) => {
  const target = event.target.closest?.('a[href]');
  if (target === null || target === undefined || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || target.target !== '' || target.origin !== location.origin) return;
  if (!routes.some(([known]) => known.test(target.pathname))) return;
  event.preventDefault();
  const samePlace = target.pathname === location.pathname;
  history.pushState(null, '', target.href);
  void open({ keepPlace: samePlace }).then(() => { if (!samePlace) main.focus({ preventScroll: true }); });
});
addEventListener('popstate', () => void open({ keepPlace: true }));
addEventListener('keydown', keysOf({
  pages: sections.map(([path]) => path), go: (path) => go(link(path)), theme: switchTheme, start: () => { if (may(who, 'operator')) startDialog(); },
}));
addEventListener('changed', (event) => void go(event.detail.path));

// what the first paint shows is drawn anew
head.replaceChildren();
showHead();
void open();
