import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Hono } from 'hono';
import { projectFolder } from '../control/config.ts';

const folder = join(import.meta.dirname, 'dashboard');
const packages = join(projectFolder, 'node_modules');

/** Libraries that the pages import, as they are published. */
const libraries = {
  '/assets/lit-html.js': 'lit-html/lit-html.js', '/assets/uplot.js': 'uplot/dist/uPlot.esm.js', '/assets/uplot.css': 'uplot/dist/uPlot.min.css',
} as const;

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml',
};

/** Paths that are pages: the browser's own router shows them. */
const pages = ['/', '/batches', '/batches/:batch', '/compare', '/ledger', '/ledger/:account', '/entries/:number', '/alerts', '/figures'];

interface Asset { readonly body: string; readonly type: string; readonly etag: string }

const asset = (name: string, body: string): Asset => ({
  body, type: types[extname(name)] ?? 'text/plain', etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
});

/** Everything the dashboard consists of, by its path. */
function readAssets(): Map<string, Asset> {
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => extname(name) in types);
  const assets = new Map([
    ...own.map((name) => [`/dashboard/${name}`, asset(name, readFileSync(join(folder, name), 'utf8'))] as const),
    ...Object.entries(libraries).map(([path, file]) => [path, asset(file, readFileSync(join(packages, file), 'utf8'))] as const),
  ]);
  // modules are asked for side by side, not one after the other as each names the next
  const preload = [...assets.keys()].filter((path) => path.endsWith('.js')).map((path) => `<link rel="modulepreload" href="${path}">`).join('\n');
  const shell = assets.get('/dashboard/index.html')?.body.replace('<!-- modules -->', preload) ?? '';
  for (const page of pages) assets.set(page, asset('index.html', shell));
  return assets;
}

/** The dashboard: static files, nothing inline, nothing from elsewhere. */
export function createDashboard(): Hono {
  const app = new Hono();
  for (const [path, { body, type, etag }] of readAssets()) {
    app.get(path, (context) => {
      const headers = { etag, 'cache-control': 'no-cache', 'content-type': type };
      return context.req.header('if-none-match') === etag ? context.body(null, 304, headers) : context.body(body, 200, headers);
    });
  }
  return app;
}
