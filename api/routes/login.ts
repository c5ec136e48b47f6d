import { z } from 'zod';
import { accessRole, hashKey } from '../../control/access.ts';
import { bearerOf } from '../access/auth.ts';
import { Refusal } from '../http/problem.ts';
import { type Route, route } from './route.ts';

const holder = z.object({ name: z.string(), role: accessRole });

/** The login of a browser: a key is exchanged for a cookie, so that no page has to keep the key. */
export const loginRoutes: readonly Route[] = [
  route({
    method: 'get', path: '/session', role: 'viewer', status: 200, response: holder,
    summary: 'Who asks, and with which role.',
    handle: ({ actor }) => Promise.resolve({ body: { name: actor.name, role: actor.role } }),
  }),
  route({
    method: 'post', path: '/session', role: 'viewer', status: 200, response: holder, body: z.strictObject({}),
    summary: 'Exchange the key of this request for a cookie of twelve hours, which ends with the key.',
    handle: ({ actor, service, request }) => {
      const key = bearerOf(request);
      if (key === undefined || key.includes('.')) throw new Refusal('request', { title: 'A session is made of a key.', nextStep: 'Send Authorization: Bearer KEY.' });
      return Promise.resolve({
        body: { name: actor.name, role: actor.role }, headers: { 'set-cookie': service.browsers.open({ keyHash: hashKey(key) }) },
      });
    },
  }),
  route({
    method: 'post', path: '/session/end', role: 'viewer', status: 200, response: holder, body: z.strictObject({}),
    summary: 'End the session of this browser.',
    handle: ({ actor, service, request }) => Promise.resolve({
      body: { name: actor.name, role: actor.role }, headers: { 'set-cookie': service.browsers.close(request.headers.get('cookie')) },
    }),
  }),
];
