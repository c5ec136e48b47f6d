import { z } from 'zod';
import * as inspection from '../../control/database/inspection.ts';
import { Refusal } from '../http/problem.ts';
import { type Route, route } from './route.ts';
import { ledgerQuery, limitQuery, period } from './values.ts';

const linePage = z.object({ lines: z.array(inspection.accountLine), next: z.string().nullable() });

export const inspectionRoutes: readonly Route[] = [
  route({
    method: 'get', path: '/timelines', role: 'viewer', status: 200, response: z.array(inspection.timeline),
    query: z.strictObject({ ledger: ledgerQuery, limit: limitQuery(200).default(40), before: z.string().regex(/^\d{1,9}$/).optional() }),
    summary: 'The batches of a ledger with the seconds of their phases, newest first.',
    handle: async ({ query, client }) => ({ body: await inspection.listTimelines(client, query.ledger, query.limit, query.before) }),
  }),
  route({
    method: 'get', path: '/validation-rules/{rule}', role: 'viewer', status: 200, response: z.array(inspection.ruleSource),
    params: z.strictObject({ rule: z.string().regex(/^[A-Z_]{3,60}$/) }),
    summary: 'The functions that check a validation rule, with their SQL as it is installed.',
    handle: async ({ params, client }) => {
      const found = await inspection.readRuleSource(client, params.rule);
      if (found.length > 0) return { body: found };
      throw new Refusal('rule-unknown', { detail: params.rule });
    },
  }),
  route({
    method: 'get', path: '/accounts/{account}/lines', role: 'operator', status: 200, response: linePage,
    params: z.strictObject({ account: z.string().regex(/^[A-Za-z0-9.-]{1,40}$/) }),
    query: z.strictObject({
      ledger: ledgerQuery, period, limit: limitQuery(200).default(100), after: z.string().regex(/^JE-\d{1,3}-\d{4}-\d{2}-\d{10}\/\d{1,4}$/).optional(),
    }),
    summary: 'Committed lines of an account in a period, in the order of their entries, in pages.',
    handle: async ({ params, query, client }) => {
      const [entry, line] = query.after?.split('/') ?? [];
      const lines = await inspection.listAccountLines(client, {
        period: query.period, account: params.account, ledgerId: query.ledger, limit: query.limit,
        after: entry === undefined ? undefined : { entry, line: Number(line) },
      });
      const last = lines.length === query.limit ? lines.at(-1) : undefined;
      return { body: { lines, next: last === undefined ? null : `${last.je_number}/${last.line_no}` } };
    },
  }),
];
