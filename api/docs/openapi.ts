import { z } from 'zod';
import { problem } from '../http/problem.ts';
import type { Route } from '../routes/route.ts';

type Json = Record<string, unknown>;

/** JSON Schema of what a schema takes (input) or gives (output); dates go as text. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const json: Json = z.toJSONSchema(schema, {
    io, unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    },
  });
  delete json.$schema;
  return json;
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name, in: place, required: place === 'path' || !(field as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(field as z.ZodType, 'input'),
  }));
}

const problemAnswer = (description: string): Json => ({
  description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

function operation(route: Route): Json {
  const body = route.streamed === true
    ? { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } }
    : route.body && { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } };
  return {
    summary: route.summary, 'x-role': route.role,
    parameters: [
      ...parameters(route.params, 'path'), ...parameters(route.query, 'query'),
      ...(route.headers ?? []).map(({ name, description }) => ({ name, in: 'header', required: false, description, schema: { type: 'string' } })),
    ],
    ...(body !== undefined && { requestBody: body }),
    responses: {
      [route.status]: {
        description: route.summary,
        content: {
          'application/json': { schema: schemaOf(route.response, 'output') },
          ...(route.hasEvents === true && { 'text/event-stream': { schema: { type: 'string' } } }),
        },
      },
      default: problemAnswer('What went wrong, and the next step.'),
    },
  };
}

const ready = z.object({
  status: z.enum(['ready', 'not ready']), database: z.string(), migrations: z.string(), functions: z.string(), login: z.string(), queue: z.string(),
});

/** What stands beside the routes: no key is asked for, but for the metrics. */
function beside(): Record<string, Json> {
  const get = (summary: string, responses: Json, more: Json = { security: [] }): Json => ({ get: { summary, ...more, responses } });
  const json = (schema: z.ZodType, description: string): Json => ({ description, content: { 'application/json': { schema: schemaOf(schema, 'output') } } });
  return {
    '/healthz': get('Whether the process lives.', { 200: json(z.object({ status: z.literal('ok') }), 'It does.') }),
    '/readyz': get('Whether requests can be served, by part.', { 200: json(ready, 'They can.'), 503: json(ready, 'What is not ok says what is the matter.') }),
    '/problems/{kind}': get('What the type of a problem means.', {
      200: json(problem.extend({ name: z.string().optional() }), 'The problem.'), default: problemAnswer('There is none.'),
    }, { security: [], parameters: [{ name: 'kind', in: 'path', required: true, schema: { type: 'string' } }] }),
    '/metrics': get('Figures for Prometheus, by a key of any role.', {
      200: { description: 'The text format.', content: { 'text/plain': { schema: { type: 'string' } } } }, default: problemAnswer('What went wrong, and the next step.'),
    }, {}),
  };
}

/** The OpenAPI 3.1 document, made from what the routes themselves are checked by. */
export function openApi(routes: readonly Route[], base: string): Json {
  const paths: Record<string, Json> = beside();
  for (const route of routes) paths[base + route.path] = { ...paths[base + route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.0',
    info: { title: 'monthend', version: '1', description: 'The month-end close. Money, counts beyond 2^53 and dates are text.' },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } }, schemas: { Problem: schemaOf(problem, 'output') } },
    paths,
  };
}
