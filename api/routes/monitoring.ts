import { z } from 'zod';
import * as batches from '../../control/database/batch.ts';
import * as monitoring from '../../control/database/monitoring.ts';
import { type Route, route, wantsEvents } from './route.ts';
import { batchId, ledgerQuery, limitQuery } from './values.ts';

const batchParams = z.strictObject({ batch: batchId });
const onLedger = z.strictObject({ ledger: ledgerQuery });

export const monitoringRoutes: readonly Route[] = [
  route({
    method: 'get', path: '/batches/{batch}/screen', role: 'viewer', status: 200, response: monitoring.screenWithSeries,
    params: batchParams, query: onLedger,
    summary: 'Everything of the screen of a batch, with its curve and that of the month before.',
    handle: async ({ params, query, client, service }) => {
      const screen = await service.readScreen({ batchId: params.batch, ledgerId: query.ledger });
      return {
        body: {
          ...screen, series: await monitoring.readSeries(client, screen.batch.batch_no),
          previous_series: screen.comparison === null ? [] : await monitoring.readSeries(client, screen.comparison.previous_batch_no),
        },
      };
    },
  }),
  route({
    method: 'get', path: '/batches/{batch}/screen/events', live: true, hasEvents: true, role: 'viewer', status: 200, response: monitoring.screen,
    params: batchParams, query: onLedger,
    summary: 'The screen without its curves; with Accept: text/event-stream as it changes, at most once a second, events `screen` and `END`.',
    handle: async ({ params, query, client, service, request }) => {
      const key = { batchId: params.batch, ledgerId: query.ledger };
      if (!wantsEvents(request)) return { body: await service.readScreen(key) };
      await batches.findBatch(client, key);
      return { events: service.screens.follow(key) };
    },
  }),
  route({
    method: 'get', path: '/kpis', role: 'viewer', status: 200, response: z.array(monitoring.kpi),
    query: z.strictObject({ ledger: ledgerQuery, batch: batchId.optional(), limit: limitQuery(200).default(36) }),
    summary: 'Key figures of complete batches by both clocks, the latest period first.',
    handle: async ({ query, client }) => ({ body: await monitoring.listKpis(client, query.ledger, query.limit, query.batch) }),
  }),
  route({
    method: 'get', path: '/alerts', role: 'viewer', status: 200, response: z.array(monitoring.alert),
    query: z.strictObject({
      ledger: ledgerQuery, open: z.enum(['true', 'false']).default('false'), limit: limitQuery(500).default(100),
    }),
    summary: 'Alerts with their meaning and the command that helps; open ones first.',
    handle: async ({ query, client }) => ({ body: await monitoring.listAlerts(client, query.ledger, query.limit, query.open === 'true') }),
  }),
];
