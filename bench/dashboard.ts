import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { Command } from 'commander';
import { install } from '../control/install.ts';
import { launchBrowser, noBrowser } from '../test/support/browser.ts';
import { endCommands, start, until } from '../test/support/cli.ts';
import { insertMonth } from '../test/support/transactions.ts';
import { percentile } from './api/reads.ts';
import { generateMonth, period } from './generate.ts';
import { openPlace, type Place } from './place.ts';

// Whether the dashboard is fast on a database with years of batches: first paint, which is that of the header, when the
// data of a page stands there, and what its routes take while a month closes. With --screenshots it also takes the pictures of docs/screenshots.

const options = new Command()
  .option('--transactions <n>', 'of the month that closes meanwhile', Number, 1_000_000)
  .option('--months <n>', 'of history before it', Number, 36)
  .option('--workers <n>', 'of the batch', Number, 250)
  .option('--sessions <n>', 'of the batch', Number, 2)
  .option('--screenshots <folder>', 'where pictures go')
  .parse().opts<{ transactions: number; months: number; workers: number; sessions: number; screenshots?: string }>();

const tell = (line: string): void => console.error(line);
const batch = `${period}-MONTHEND`;

/** Small months, really closed, before the one that is measured. */
async function makeHistory(session: pg.Client): Promise<void> {
  for (let back = options.months; back > 0; back -= 1) {
    const month = new Date(Date.UTC(2025, -back, 1)).toISOString().slice(0, 7);
    // the one before is about as large, so that comparing means something
    const premiums = back === 1 ? Math.round(0.6 * options.transactions) : 1_500 + Math.round(500 * Math.sin(back / 2)) + 20 * (options.months - back);
    await insertMonth(session, { period: month, premiums, claims: Math.round(premiums / 4) });
    await session.query('call month_end.close($1)', [month]);
  }
}

/** A month that pre-flight refuses, for the picture of it. */
async function makeFailure(session: pg.Client): Promise<void> {
  await insertMonth(session, { period: '2025-02', premiums: 900, claims: 100 });
  await session.query(`insert into subledger.premium_transaction
      (txn_id, policy_number, product_code, payment_date, amount, currency, cost_center)
    select 'BAD-' || i, 'POL-1', (array['SUBMARINE', 'FIRE', 'FIRE'])[1 + i % 3], '2025-02-03', 10 + i,
           case when i % 3 = 1 then 'XXX' else 'EUR' end, case when i % 3 = 2 then 'Atlantis' else 'Center' end
      from generate_series(1, 240) i`);
  await session.query(`call month_end.close('2025-02')`).catch(() => undefined);
}

function print(name: string, times: readonly number[]): void {
  const sorted = [...times].sort((one, other) => one - other);
  const [p50, p95, most] = [percentile(sorted, 50), percentile(sorted, 95), sorted.at(-1) ?? NaN];
  console.log(`${name.padEnd(44)} ${String(sorted.length).padStart(5)} ${p50.toFixed(0).padStart(6)} ${p95.toFixed(0).padStart(6)} ${most.toFixed(0).padStart(6)}`);
}

interface Dashboard { readonly url: string; readonly cookie: string; readonly browser: Browser }

async function openFresh({ url, cookie, browser }: Dashboard, theme: 'light' | 'dark' = 'light', width = 1280): Promise<Page> {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width, height: 860 } });
  const [name = '', value = ''] = cookie.split('=');
  await context.addCookies([{ name, value, url }]);
  return context.newPage();
}

/** A page has its heading when its data has come; the frame that shows it is drawn after the next one begins. */
const noteData = `new MutationObserver((_, observer) => {
  if (document.querySelector('main h1') === null) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.dataAt = performance.now(); }));
}).observe(document, { subtree: true, childList: true })`;

/** Milliseconds from the request of a page that the browser has never seen to its first contentful paint, and to its data. */
async function paintOf(dashboard: Dashboard, path: string): Promise<{ first: number; data: number }> {
  const page = await openFresh(dashboard);
  await page.addInitScript(noteData);
  await page.goto(dashboard.url + path);
  const data = await until('its data stands there', () => page.evaluate<number | null>('globalThis.dataAt ?? null').then((at) => at ?? undefined));
  const first = await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`);
  await page.context().close();
  return { first, data };
}

async function addPaint(times: Times, dashboard: Dashboard, path: string, when: string): Promise<void> {
  const { first, data } = await paintOf(dashboard, path);
  times.add(`first paint ${path} ${when}`, first);
  times.add(`data of ${path} ${when}`, data);
}

const pages = ['/', '/batches', '/ledger?period=2024-12', '/figures', `/batches/2024-12-MONTHEND?tab=validations`];
const queries = [
  `/batches/${batch}/screen`, '/batches?limit=20', '/timelines', '/kpis?limit=60', '/alerts', '/periods', '/trial-balance?period=2024-12',
  '/accounts/6010/lines?period=2024-12', '/batches/2024-12-MONTHEND/report', '/batches/2024-12-MONTHEND/validations', '/session',
];

/** What took how long, printed in the order in which it was first seen. */
class Times {
  readonly #times = new Map<string, number[]>();

  add(name: string, milliseconds: number): void {
    this.#times.set(name, [...(this.#times.get(name) ?? []), milliseconds]);
  }

  print(): void {
    for (const [name, all] of this.#times) print(name, all);
  }
}

async function measurePaint(dashboard: Dashboard): Promise<void> {
  const times = new Times();
  for (const path of pages) {
    for (let round = 0; round < 5; round += 1) await addPaint(times, dashboard, path, 'at rest');
  }
  times.print();
}

/**
 * Opens the pages and asks every route of theirs, in turns until the batch has ended: never both at once,
 * as a browser has cores of its own where it isn't a benchmark's.
 */
async function measureClose(dashboard: Dashboard): Promise<void> {
  const { url, cookie } = dashboard;
  const [paints, routes, all] = [new Times(), new Times(), new Times()];
  for (let turn = 0; ; turn += 1) {
    const path = pages[turn % pages.length] ?? '/';
    await addPaint(paints, dashboard, path, 'while it closes');
    for (const query of [...queries, ...queries, ...queries]) {
      const begin = performance.now();
      const text = await (await fetch(`${url}/api/v1${query}`, { headers: { cookie } })).text();
      routes.add(`GET ${query}`, performance.now() - begin);
      all.add('all of them', performance.now() - begin);
      if (query.endsWith('/screen') && !(JSON.parse(text) as { batch: { is_running: boolean } }).batch.is_running) {
        for (const times of [paints, routes, all]) times.print();
        return;
      }
      await sleep(20);
    }
  }
}

/** A page in both themes and at the width of a phone; `prepare` does what is to be seen on it. */
async function shoot(dashboard: Dashboard, name: string, path: string, folder: string, prepare?: (page: Page) => Promise<void>): Promise<void> {
  for (const [theme, width] of [['light', 1280], ['dark', 1280], ['light', 390]] as const) {
    const page = await openFresh(dashboard, theme, width);
    await page.goto(dashboard.url + path);
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(1_500);
    await prepare?.(page);
    // of a long list its beginning
    const height = prepare === undefined ? Math.min(await page.evaluate<number>('document.documentElement.scrollHeight'), width === 390 ? 3_600 : 1_500) : 860;
    await page.screenshot({ path: join(folder, `${name}-${width === 390 ? 'phone' : theme}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
    await page.context().close();
  }
}

async function run(place: Place): Promise<void> {
  const database = `${place.prefix}dashboard`;
  const admin = await place.session('postgres');
  await admin.query(`create database ${database} template template0 encoding 'UTF8'`);
  await install(place.adminUrl(database));
  const session = await place.session(database);
  const service = start(place.serviceUrl(database), ['serve', '--port', '0', '--sessions', String(options.sessions)]);
  const login = await until('the link is printed', () => /http\S+/.exec(service.said().stdout)?.[0]);
  const url = new URL(login).origin;
  await until('it is ready', async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined));
  const cookie = ((await fetch(login, { redirect: 'manual' })).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const dashboard: Dashboard = { url, cookie, browser: await launchBrowser() };
  const { screenshots: folder } = options;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    await shoot(dashboard, 'empty', '/', folder);
    await shoot({ ...dashboard, cookie: 'none=none' }, 'login', '/', folder);
  }
  tell(`closing ${options.months} months`);
  await makeHistory(session);
  tell(`generating ${options.transactions} transactions`);
  await generateMonth(session, options.transactions, 1);
  console.log(`milliseconds                                     times    p50    p95   most`);
  await measurePaint(dashboard);
  tell(`closing ${period}`);
  const began = await fetch(`${url}/api/v1/batches`, {
    method: 'POST', headers: { cookie, origin: url }, body: JSON.stringify({ period, workers: options.workers, sessions: options.sessions }),
  });
  if (began.status !== 202) throw new Error(await began.text());
  if (folder !== undefined) {
    await until('workers are there', async () => ((await session.query(`select from month_end.batch_worker_control w
      join month_end.batch b using (batch_no) where b.batch_id = $1 and w.processed_count > 0 limit $2`, [batch, Math.round(options.workers / 3)])).rowCount === Math.round(options.workers / 3) ? true : undefined), { withinMs: 600_000 });
    await shoot(dashboard, 'running', '/', folder);
    await shoot(dashboard, 'dialog', '/', folder, (page) => page.getByRole('button', { name: 'Cancel', exact: true }).click());
  } else {
    await measureClose(dashboard);
  }
  if (folder !== undefined) {
    await until('it has ended', async () => ((await session.query(`select from month_end.batch b where b.batch_id = $1 and b.status = 'COMPLETED'`, [batch])).rowCount === 1 ? true : undefined), { withinMs: 600_000 });
    await makeFailure(session);
    for (const [name, path] of [
      ['done', `/?batch=${batch}`], ['failed', '/?batch=2025-02-MONTHEND'], ['batches', '/batches'], ['compare', `/compare?a=2024-12-MONTHEND&b=${batch}`],
      ['batch', `/batches/${batch}`], ['workers', `/batches/${batch}?tab=workers`], ['events', `/batches/${batch}?tab=events`], ['validations', '/batches/2025-02-MONTHEND?tab=validations'], ['rejects', '/batches/2025-02-MONTHEND?tab=rejects'],
      ['ledger', `/ledger?period=${period}`], ['account', `/ledger/6010?period=${period}`], ['entry', `/entries/JE-1-${period}-0000000001`],
      ['alerts', '/alerts'], ['figures', '/figures'],
    ] as const) await shoot(dashboard, name, path, folder);
  }
  await dashboard.browser.close();
  service.kill('SIGTERM');
  await service.ended;
  await session.end();
  await admin.end();
}

if (noBrowser !== undefined) throw new Error(noBrowser);
const place = await openPlace(options.transactions, tell);
try {
  await run(place);
} finally {
  endCommands();
  await place.release();
}
