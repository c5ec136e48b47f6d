import { z } from 'zod';
import * as database from '../../control/database/schedule.ts';
import { Refusal } from '../http/problem.ts';
import { type Route, route } from './route.ts';
import { ledgerQuery, limitQuery } from './values.ts';

const onLedger = z.strictObject({ ledger: ledgerQuery });

const whole = z.object({
  schedule: database.schedule, next: z.array(database.planned), decided: z.array(database.decided),
});

export const scheduleRoutes: readonly Route[] = [
  route({
    method: 'get', path: '/schedule', role: 'viewer', status: 200, response: whole, query: onLedger,
    summary: 'When the month of a ledger closes by itself: the next runs, and what became of the last ones.',
    handle: async ({ query, client }) => {
      const schedule = await database.readSchedule(client, query.ledger);
      if (schedule === undefined) {
        throw new Refusal('no-schedule', { detail: `ledger ${query.ledger}` });
      }
      return {
        body: {
          schedule, next: await database.previewSchedule(client, query.ledger, 3),
          decided: await database.listDecidedRuns(client, query.ledger, 12),
        },
      };
    },
  }),
  route({
    method: 'get', path: '/schedule/preview', role: 'viewer', status: 200, response: z.array(database.planned),
    query: z.strictObject({ ledger: ledgerQuery, runs: limitQuery(120).default(12) }),
    summary: 'The next runs in local time and UTC, exceptions included.',
    handle: async ({ query, client }) => ({ body: await database.previewSchedule(client, query.ledger, query.runs) }),
  }),
  route({
    method: 'post', path: '/schedule', role: 'operator', status: 200, response: database.schedule, query: onLedger,
    body: z.strictObject({
      cron: z.string().max(100).optional(), time_zone: z.string().max(100).optional(), enabled: z.boolean().optional(),
      missed: z.enum(database.missedPolicies).optional(), workers: z.int().min(1).max(1000).optional(),
      sessions: z.int().min(1).max(250).optional(),
    }),
    summary: 'Make or change the schedule of a ledger; what is left out stays as it is.',
    handle: async ({ query, body, client }) => ({
      body: await database.setSchedule(client, { ...body, timeZone: body.time_zone, ledgerId: query.ledger }),
    }),
  }),
  route({
    method: 'post', path: '/schedule/exceptions', role: 'operator', status: 200, response: z.array(database.planned), query: onLedger,
    body: z.strictObject({
      run_date: z.iso.date(), action: z.enum(['RUN', 'SKIP', 'MOVE']), reason: z.string().min(1).max(500).optional(),
      moved_to: z.iso.datetime({ local: true, offset: false }).optional(),
    }),
    summary: 'Skip a run, move it to another local time, or have it run as planned after all.',
    handle: async ({ query, body, client }) => {
      await database.setException(client, {
        ledgerId: query.ledger, runDate: body.run_date, action: body.action, reason: body.reason, movedTo: body.moved_to,
      });
      return { body: await database.previewSchedule(client, query.ledger, 12) };
    },
  }),
];
