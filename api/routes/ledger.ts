import { z } from 'zod';
import * as books from '../../control/database/books.ts';
import * as ledger from '../../control/database/ledger.ts';
import { Refusal } from '../http/problem.ts';
import { type Route, route } from './route.ts';
import { entryNumber, ledgerQuery, period } from './values.ts';

const onLedger = z.strictObject({ ledger: ledgerQuery });
const ofPeriod = z.strictObject({ ledger: ledgerQuery, period });

const trialBalance = z.object({ period: z.string(), accounts: z.array(ledger.balance), totals: z.array(ledger.total) });

export const ledgerRoutes: readonly Route[] = [
  route({
    method: 'get', path: '/periods', role: 'viewer', status: 200, response: z.array(books.periodRow), query: onLedger,
    summary: 'The periods of a ledger with their state, the latest first.',
    handle: async ({ query, client }) => ({ body: await books.listPeriods(client, query.ledger) }),
  }),
  route({
    method: 'post', path: '/periods/{period}/lock', role: 'approver', status: 200, response: z.object({ period, state: z.literal('LOCKED') }),
    params: z.strictObject({ period }), query: onLedger,
    summary: 'Approve a closed period: it takes no batch any more, for good.',
    handle: async ({ params, query, client }) => {
      await books.lockPeriod(client, params.period, query.ledger);
      return { body: { period: params.period, state: 'LOCKED' } };
    },
  }),
  route({
    method: 'get', path: '/rules', role: 'viewer', status: 200, response: z.array(books.ruleLine), query: onLedger,
    summary: 'The posting rules of a ledger, an element each line.',
    handle: async ({ query, client }) => ({ body: await books.listRules(client, query.ledger) }),
  }),
  route({
    method: 'get', path: '/trial-balance', role: 'viewer', status: 200, response: trialBalance, query: ofPeriod,
    summary: 'The trial balance of a period over its committed batches.',
    handle: async ({ query, client }) => {
      if (!(await ledger.isPosted(client, query.period, query.ledger))) {
        throw new Refusal('nothing-posted', { detail: query.period });
      }
      return {
        body: {
          period: query.period, accounts: await ledger.trialBalance(client, query.period, query.ledger),
          totals: await ledger.trialBalanceTotals(client, query.period, query.ledger),
        },
      };
    },
  }),
  route({
    method: 'get', path: '/entries/{number}', role: 'auditor', status: 200, response: ledger.entry,
    params: z.strictObject({ number: entryNumber }),
    summary: 'A committed entry with its lines, its source row and the line of the file.',
    handle: async ({ params, client }) => {
      const entry = await ledger.showEntry(client, params.number);
      if (entry !== null) return { body: entry };
      throw new Refusal('entry-unknown', { detail: params.number });
    },
  }),
];
