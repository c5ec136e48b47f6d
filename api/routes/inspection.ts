import { z } from 'zod';
import * as inspection from '../../control/database/inspection.ts';
import { Refusal } from '../http/problem.ts';
import { type Route, route } from './route.ts';
import { beforeBatch, entryNumber, ledgerQuery, limitQuery, period } from './values.ts';

const linePage = z.object({ lines: z.array(inspection.accountLine), next: z.string().nullable() });

/** A line by the number of its entry and its own: JE-1-2003-01-0000000001/2. */
const lineName = z.templateLiteral([entryNumber, '/', z.string().regex(/^\d{1,4}$/)]);

export const inspectionRoutes: readonly Route[] = [
  route({
    method: 'get', path: '/timelines', role: 'viewer', status: 200, response: z.array(inspection.timeline),
    query: z.strictObject({ ledger: ledgerQuery, limit: limitQuery(200).default(40), before: beforeBatch }),
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
    method: 'get', path: '/accounts/{account}/lines', role: 'auditor', status: 200, response: linePage,
    params: z.strictObject({ account: z.string().regex(/^[A-Za-z0-9.-]{1,40}$/) }),
    query: z.strictObject({
      ledger: ledgerQuery, period, limit: limitQuery(200).default(100), after: lineName.optional(),
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
