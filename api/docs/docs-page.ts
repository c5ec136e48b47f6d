import { html } from 'hono/html';
import { z } from 'zod';
import type { Route } from '../routes/route.ts';

/** The style of the page, served beside it: the content security policy allows nothing inline. */
export const docsStyle = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
h2 { font: 600 1rem/1.5 ui-monospace, monospace; margin: 2rem 0 0 } p { margin: .2rem 0 } pre { overflow: auto; font-size: .85rem; border: 1px solid; border-radius: .3rem; padding: .5rem }
`;

const fields = (schema: z.ZodType): string => JSON.stringify(
  (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties?: object }).properties ?? {}, undefined, 2);

/** The routes for people, from the same declarations as the OpenAPI document. */
export function docsPage(routes: readonly Route[], base: string): ReturnType<typeof html> {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>monthend API</title><link rel="stylesheet" href="/docs.css"></head>
<body>
<h1>monthend API</h1>
<p>Send <code>Authorization: Bearer KEY</code>; <code>./monthend key create NAME --role ROLE</code> makes a key. Errors are
problem+json with the next step. For machines: <a href="/openapi.json">openapi.json</a>.</p>
${routes.map((route) => html`<section>
<h2>${route.method.toUpperCase()} ${base}${route.path}</h2>
<p>${route.summary} Role: ${route.role}.</p>
${route.query === undefined ? '' : html`<p>Query</p><pre>${fields(route.query)}</pre>`}
${route.body === undefined ? '' : html`<p>Body</p><pre>${fields(route.body)}</pre>`}
</section>`)}
</body>
</html>`;
}
