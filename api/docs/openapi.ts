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
      [route.status]: { description: route.summary, content: { 'application/json': { schema: schemaOf(route.response, 'output') } } },
      default: problemAnswer('What went wrong, and the next step.'),
    },
  };
}

/** The OpenAPI 3.1 document, made from what the routes themselves are checked by. */
export function openApi(routes: readonly Route[], base: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) paths[base + route.path] = { ...paths[base + route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.0',
    info: { title: 'monthend', version: '1', description: 'The month-end close. Money, counts beyond 2^53 and dates are text.' },
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } }, schemas: { Problem: schemaOf(problem, 'output') } },
    paths,
  };
}
