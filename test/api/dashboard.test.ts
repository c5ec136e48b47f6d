import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../control/config.ts';
import { importFile } from '../../control/import/import-file.ts';
import { useApi } from '../support/api.ts';
import { expectNoSidewaysScroll, launchBrowser, looks, noBrowser, openPage, violations } from '../support/browser.ts';
import { endCommands, run } from '../support/cli.ts';
import { rowsOf } from '../support/close.ts';
import { secondLedger } from '../support/ledgers.ts';
import { insertMonth } from '../support/transactions.ts';

afterAll(endCommands);
if (noBrowser !== undefined) console.error(`Skipped: the dashboard in a browser; ${noBrowser}.`);

// an admin's login: the keys are of every role
const api = useApi({ login: 'admin' });

describe('without a browser', () => {
  test('its files come with an ETag and a policy that allows nothing inline and nothing from elsewhere', async () => {
    const first = await fetch(`${api.url}/`);
    const html = await first.text();
    expect(html).not.toMatch(/<style|style="|<script>|(src|href)="(https?:)?\/\//);
    const policy = first.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:");
    expect(policy).not.toContain('unsafe');
    const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(assets).toContain('/assets/uplot.js');
    for (const path of [...assets, '/batches', '/entries/JE-1-2003-01-0000000001']) {
      const response = await fetch(api.url + path);
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
      const again = await fetch(api.url + path, { headers: { 'if-none-match': response.headers.get('etag') ?? '' } });
      expect({ path, status: again.status }).toEqual({ path, status: 304 });
    }
  });

  test('a key becomes a session that ends with the key, and by itself', async () => {
    const post = (path: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${api.url}/api/v1${path}`, { method: 'POST', headers, body: '{}' });
    const opened = await post('/session', { authorization: `Bearer ${api.keys.viewer}` });
    expect(await opened.json()).toEqual({ name: 'key 1 (viewer)', role: 'viewer' });
    expect(opened.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/);
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const who = (): Promise<number> => fetch(`${api.url}/api/v1/session`, { headers: { cookie } }).then(({ status }) => status);
    expect(await who()).toBe(200);
    // a session is made of a key, never of another session
    expect((await post('/session', { cookie, origin: api.url })).status).toBe(400);
    expect((await post('/session/end', { cookie })).status).toBe(403);
    expect((await post('/session/end', { cookie, origin: api.url })).status).toBe(200);
    expect(await who()).toBe(401);
  });
});

describe.skipIf(noBrowser !== undefined)('in a browser', () => {
  let browser: Browser;
  let operator: BrowserContext;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    const owner = await api.database.session('operator');
    const file = (name: string) => ({ name, stream: createReadStream(join(projectFolder, 'data', 'motor-2003', name)) });
    await importFile(owner, 'PREMIUM', file('premiums-2003-01.csv.gz'));
    await importFile(owner, 'CLAIM', file('claims-2003-01.csv.gz'));
    browser = await launchBrowser();
    operator = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    ({ page, faults } = await openPage(operator, api.url));
  });
  afterAll(async () => { await browser?.close(); });

  interface Seen { readonly pulses: string[]; readonly phases: string[]; readonly percents: number[]; readonly shift: number }

  /** Has the page note what it shows from now on, and how far its parts are shifted. */
  const watch = (): Promise<unknown> => page.evaluate(`globalThis.seen = { pulses: new Set(), phases: new Set(), percents: [], shift: 0 };
    new MutationObserver(() => {
      if (document.querySelector('.progress') === null) return;
      seen.pulses.add(document.querySelector('.pulse').textContent);
      for (const { textContent } of document.querySelectorAll('.phases :is(.running, .done) .name')) seen.phases.add(textContent);
      const percent = Number(document.querySelector('.bar').ariaValueNow);
      if (percent !== seen.percents.at(-1)) seen.percents.push(percent);
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) seen.shift += value;
    }).observe({ type: 'layout-shift' })`);

  /** A page of somebody else, logged in by a key. */
  async function logIn(key: string): Promise<{ page: Page; faults: string[]; context: BrowserContext }> {
    const context = await browser.newContext();
    const other = await openPage(context, api.url);
    await other.page.goto(api.url);
    await other.page.getByLabel('API key').fill(key);
    await other.page.getByRole('button', { name: 'Log in' }).click();
    await other.page.getByRole('button', { name: 'Log out' }).waitFor();
    // that nobody was logged in is no fault
    other.faults.length = 0;
    return { ...other, context };
  }

  const status = (): Promise<string> => page.locator('.title .badge').first().innerText();

  /** No page has errors, violations of accessibility, or a width of its own, in any look. */
  async function inspect(path: string, heading: RegExp): Promise<void> {
    const shown = await openPage(operator, api.url);
    for (const { theme, width } of looks) {
      await shown.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await shown.page.setViewportSize({ width, height: 900 });
      await shown.page.goto(api.url + path);
      await shown.page.getByRole('heading', { name: heading }).first().waitFor();
      expect({ path, theme, width, found: await violations(shown.page) }).toEqual({ path, theme, width, found: [] });
      await expectNoSidewaysScroll(shown.page);
    }
    expect({ path, faults: shown.faults }).toEqual({ path, faults: [] });
    await shown.page.close();
  }

  test('the link logs in; before the first batch the page says what to do', async () => {
    await page.goto(api.login);
    await page.getByRole('heading', { name: 'No month has been closed yet' }).waitFor();
    await inspect('/', /No month/);
  });

  test('a batch is started by its form, and watched to its end', async () => {
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'Close a month' });
    await dialog.getByLabel('Period').fill('2003-01');
    expect(await violations(page)).toEqual([]);
    await watch();
    // a chunk is held until the page has shown the batch on its way, however fast the machine is
    const holder = await api.database.session('owner');
    await holder.query(`begin; insert into month_end.chunk_balance select 1, 5, account_id, currency_id, 0, 0, 0
                                 from books.account, books.currency`);
    await dialog.getByRole('button', { name: 'Start the close' }).click();
    await expect.poll(() => page.evaluate('seen.percents.some((percent) => percent > 0 && percent < 100)')).toBe(true);
    await holder.query('rollback');
    await page.getByText('COMPLETED', { exact: true }).first().waitFor();
    // it was seen on its way, by events, without a reload; and nothing jumped meanwhile
    const seen = await page.evaluate<Seen>('({ ...seen, pulses: [...seen.pulses], phases: [...seen.phases] })');
    expect(seen.pulses).toContain('Live');
    expect(seen.pulses).not.toContain('Asking every 5 s');
    expect(seen.phases.length).toBeGreaterThan(2);
    expect(seen.percents).toEqual(seen.percents.toSorted((one, other) => one - other));
    expect(seen.percents.at(-1)).toBe(100);
    expect(seen.shift).toBeLessThan(0.1);
    await page.locator('.progress dd', { hasText: 'of 42,104' }).waitFor();
    expect(await page.locator('.phases .done').count()).toBe(8);
    expect(faults).toEqual([]);
  });

  test.each([
    ['/', /2003-01-MONTHEND/], ['/batches', /Batches/], ['/batches/2003-01-MONTHEND', /2003-01-MONTHEND/],
    ['/batches/2003-01-MONTHEND?tab=validations', /Pre-commit/], ['/batches/2003-01-MONTHEND?tab=rejects', /Rejected transactions/],
    ['/batches/2003-01-MONTHEND?tab=workers', /Workers/], ['/batches/2003-01-MONTHEND?tab=events', /Events/],
    ['/compare?a=2003-01-MONTHEND&b=2003-01-MONTHEND', /2003-01-MONTHEND and/], ['/ledger', /Trial balance 2003-01/],
    ['/ledger/6010?period=2003-01', /6010 Claims incurred/], ['/entries/JE-1-2003-01-0000000001', /JE-1-2003-01-0000000001/],
    ['/alerts', /alert/i], ['/figures', /Key figures/], ['/batches?before=1', /Batches/],
  ] as const)('%s has nothing that axe finds, in both themes and on a phone', async (path, heading) => {
    await inspect(path, heading);
  });

  test('from the trial balance down to the line of the file', async () => {
    await page.goto(`${api.url}/ledger?period=2003-01`);
    await page.getByRole('link', { name: '6010' }).click();
    // claims come after all premiums: the page begins there
    await page.getByRole('link', { name: 'JE-1-2003-01-0000125113' }).click();
    await page.getByText('claims-2003-01.csv.gz').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: '6010 Claims incurred, indemnity' }).waitFor();
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByRole('link', { name: 'First' }).waitFor();
    expect(await page.getByRole('link', { name: 'JE-1-2003-01-0000125113' }).count()).toBe(0);
  });

  test('a close that somebody else begins is seen on pages that are open, without a word from them', async () => {
    await insertMonth(await api.database.session('operator'), { period: '2003-03', premiums: 20_000, claims: 500 });
    const runs = await openPage(operator, api.url);
    await page.goto(api.url);
    await page.getByRole('heading', { name: '2003-01-MONTHEND' }).waitFor();
    await runs.page.goto(`${api.url}/batches`);
    await runs.page.getByRole('heading', { name: 'Batches' }).waitFor();
    await watch();
    const closing = run(api.database.serviceUrl, ['close', '2003-03']);
    await runs.page.getByRole('link', { name: '2003-03-MONTHEND' }).waitFor();
    await page.getByRole('heading', { name: '2003-03-MONTHEND' }).waitFor();
    await page.getByText('COMPLETED', { exact: true }).first().waitFor();
    expect(await closing).toMatchObject({ code: 0 });
    await runs.page.getByRole('row', { name: /2003-03-MONTHEND COMPLETED/ }).waitFor();
    expect({ here: faults, there: runs.faults }).toEqual({ here: [], there: [] });
    await runs.page.close();
  });

  test('the next attempt of a batch is seen as well', async () => {
    const session = await api.database.session('operator');
    await session.query(`select month_end.open_batch('2003-04')`);
    await session.query(`call month_end.cancel('2003-04-MONTHEND')`);
    await page.goto(`${api.url}/?batch=2003-04-MONTHEND`);
    await page.getByText('attempt 1,').waitFor();
    await session.query(`select month_end.open_batch('2003-04')`);
    await page.getByText('attempt 2,').waitFor();
    await session.query(`call month_end.cancel('2003-04-MONTHEND')`);
    await page.getByText('CANCELLED', { exact: true }).waitFor();
  });

  test('a ledger other than the first is kept from page to page, and named before it is closed', async () => {
    await api.owner.query(secondLedger);
    await insertMonth(await api.database.session('operator'), { period: '2003-01', premiums: 400, claims: 10, ledger: 2, prefix: 'second' });
    await page.goto(`${api.url}/batches?ledger=2`);
    await page.getByRole('heading', { name: 'No batch yet' }).waitFor();
    await page.keyboard.press('1');
    await page.getByRole('heading', { name: 'No month has been closed yet' }).waitFor();
    await page.getByRole('banner').getByRole('button', { name: 'Close a month' }).click();
    const dialog = page.getByRole('dialog', { name: 'Close a month of ledger 2' });
    await dialog.getByLabel('Period').fill('2003-01');
    await dialog.getByRole('button', { name: 'Start the close' }).click();
    await page.getByText('COMPLETED', { exact: true }).first().waitFor();
    expect(await rowsOf(api.owner, 'select batch_id, status, posted_count from month_end.batch where ledger_id = 2')).toEqual([['2003-01-MONTHEND', 'COMPLETED', '410']]);
    const places = [new URL(page.url()).search];
    for (const step of ['Ledger', '6010', /^JE-2-2003-01-\d{10}$/, 'Trial balance 2003-01', 'Key figures', '2003-01-MONTHEND', 'Screen', 'Alerts', 'Batches']) {
      const from = page.url();
      await page.getByRole('link', { name: step, exact: true }).first().click();
      await page.waitForURL(({ href }) => href !== from);
      places.push(new URL(page.url()).search);
    }
    expect(places.filter((place) => !place.includes('ledger=2'))).toEqual([]);
    await page.getByRole('row', { name: /2003-01-MONTHEND.* 410 / }).waitFor();
  });

  test('an auditor reads from the trial balance down to the source row, and rejects, and is offered no change', async () => {
    const auditor = await logIn(api.keys.auditor);
    await auditor.page.goto(`${api.url}/ledger?period=2003-01`);
    await auditor.page.getByRole('link', { name: '6010' }).click();
    await auditor.page.getByRole('link', { name: 'JE-1-2003-01-0000125113' }).click();
    await auditor.page.getByText('claims-2003-01.csv.gz').waitFor();
    await auditor.page.goto(`${api.url}/batches/2003-01-MONTHEND?tab=rejects`);
    await auditor.page.getByRole('heading', { name: 'Rejected transactions' }).waitFor();
    expect(await auditor.page.getByRole('button', { name: /Close a month|Cancel|Resume|Scale/ }).count()).toBe(0);
    expect(auditor.faults).toEqual([]);
    await auditor.context.close();
  });

  test('workers are one stop for the tab key, and are read by the arrow keys', async () => {
    await page.goto(`${api.url}/?batch=2003-01-MONTHEND`);
    await page.getByRole('listbox', { name: /workers/ }).focus();
    const told = page.locator('.told');
    await told.getByText('worker 1: validated').waitFor();
    await page.keyboard.press('ArrowRight');
    await told.getByText('worker 2: validated').waitFor();
    await page.keyboard.press('End');
    const last = await rowsOf(api.owner, 'select max(worker_id) from month_end.batch_worker_control where batch_no = 1');
    await told.getByText(`worker ${String(last[0]?.[0])}: validated`).waitFor();
    expect(await page.getByRole('option', { selected: true }).getAttribute('aria-label')).toBe(await told.innerText());
  });

  test('a rule shows the SQL that checks it', async () => {
    await page.goto(`${api.url}/batches/2003-01-MONTHEND?tab=validations`);
    await page.getByRole('row', { name: /DEBITS_EQUAL_CREDITS/ }).getByText('SQL').click();
    await page.getByText('CREATE OR REPLACE FUNCTION month_end.check_batch_amounts').waitFor();
  });

  test('a batch is cancelled only when that is confirmed', async () => {
    await (await api.database.session('operator')).query(`select month_end.open_batch('2003-02')`);
    await page.goto(`${api.url}/?batch=2003-02-MONTHEND`);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Leave it' }).click();
    expect(await status()).toBe('OPENED');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('status').getByText('Paused').waitFor();
    // what happens meanwhile is held back
    await (await api.database.session('operator')).query(`select month_end.scale('2003-02-MONTHEND', 7)`);
    await page.waitForTimeout(6_000);
    expect(await page.getByText('sessions wanted: 7').count()).toBe(0);
    await page.keyboard.press('p');
    await page.getByRole('status').getByText('Live').waitFor();
    await page.getByText('sessions wanted: 7').waitFor();
    await inspect('/?batch=2003-02-MONTHEND', /2003-02/);
    await page.getByRole('button', { name: 'Scale' }).click();
    expect(await page.getByRole('spinbutton', { name: 'Sessions' }).inputValue()).toBe('7');
    await page.getByRole('spinbutton', { name: 'Sessions' }).fill('3');
    await page.getByRole('dialog').getByRole('button', { name: 'Scale' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await rowsOf(api.owner, `select s.sessions from month_end.batch_scale s join month_end.batch b using (batch_no) where b.batch_id = '2003-02-MONTHEND'`)).toEqual([[3]]);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the batch' }).click();
    await page.getByText('CANCELLED', { exact: true }).waitFor();
    expect(await rowsOf(api.owner, `select status from month_end.batch where batch_id = '2003-02-MONTHEND'`)).toEqual([['CANCELLED']]);
    await inspect('/?batch=2003-02-MONTHEND', /2003-02/);
  });

  test('the phase that a batch has failed in says so, in the colour of failure', async () => {
    const session = await api.database.session('operator');
    await insertMonth(session, { period: '2003-05', premiums: 150, currency: 'XXX' });
    await expect(session.query(`call month_end.close('2003-05')`)).rejects.toThrow();
    await page.goto(`${api.url}/?batch=2003-05-MONTHEND`);
    await page.getByRole('list', { name: 'Phases' }).getByRole('listitem').filter({ hasText: /1 pre-flight validation\s+failed, / }).waitFor();
    const [failed, bad] = await page.evaluate<string[]>(`[getComputedStyle(document.querySelector('.phases .failed i')).backgroundColor,
      getComputedStyle(document.querySelector('.badge.bad')).color]`);
    expect(failed).toBe(bad);
    expect(await page.locator('.phases :is(.waiting, .failed)').count()).toBe(8);
    await inspect('/?batch=2003-05-MONTHEND', /2003-05/);
  });

  test('it is asked every five seconds where no events come', async () => {
    await (await api.database.session('operator')).query(`select month_end.open_batch('2003-02')`);
    await page.route('**/screen/events*', (route) => route.abort());
    await page.goto(`${api.url}/?batch=2003-02-MONTHEND`);
    await page.getByRole('status').getByText('Asking every 5 s').waitFor();
    await (await api.database.session('operator')).query(`call month_end.cancel('2003-02-MONTHEND')`);
    await page.getByText('CANCELLED', { exact: true }).waitFor();
    await page.unroute('**/screen/events*');
  });

  test('a viewer logs in by key and is offered nothing that he may not do', async () => {
    const context = await browser.newContext();
    const viewer = await openPage(context, api.url);
    await viewer.page.goto(`${api.url}/batches`);
    await viewer.page.getByLabel('API key').waitFor();
    expect(await violations(viewer.page)).toEqual([]);
    await viewer.page.getByLabel('API key').fill('me_wrong');
    await viewer.page.getByRole('button', { name: 'Log in' }).click();
    await viewer.page.getByText('This key is not valid.').waitFor();
    await viewer.page.getByLabel('API key').fill(api.keys.viewer);
    await viewer.page.getByRole('button', { name: 'Log in' }).click();
    await viewer.page.getByRole('heading', { name: 'Batches' }).waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Close a month' }).count()).toBe(0);
    expect(await viewer.page.evaluate('[document.cookie, JSON.stringify(localStorage)]')).toEqual(['', '{}']);
    await viewer.page.getByRole('button', { name: 'Log out' }).click();
    await viewer.page.getByLabel('API key').waitFor();
    await context.close();
  });

  test('the theme is chosen, kept, and known by its key', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${api.url}/batches`);
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
    await page.keyboard.press('t');
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark');
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('3');
    await page.getByRole('heading', { name: /Trial balance/ }).waitFor();
  });
});
