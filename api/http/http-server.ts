import { getRequestListener } from '@hono/node-server';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { errno } from '../../control/errors.ts';
import { answerProblem } from './answer.ts';
import type { Audit } from '../access/audit.ts';
import { Refusal } from './problem.ts';

type Fetch = Parameters<typeof getRequestListener>[0];

const statusOf: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large', ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** A server for the application. What is no HTTP, or names no address, never comes to it: refused, and kept, here. */
export function createHttpServer(fetch: Fetch, audit: Audit): Server {
  const refuse = (socket: Socket, code: string): Promise<void> =>
    audit({ name: 'unknown', role: 'viewer', address: socket.remoteAddress ?? 'unknown' }, 'HTTP', 'REFUSED', { code });
  const server = createServer({
    // a mapping comes in a header
    maxHeaderSize: 64 * 1024,
    // an upload takes as long as it takes; headers have Node's minute
    requestTimeout: 0,
  }, (incoming, outgoing) => void getRequestListener(fetch, {
    errorHandler: async () => {
      await refuse(incoming.socket, 'request');
      return answerProblem(new Refusal('request').problem);
    },
  })(incoming, outgoing));
  server.on('clientError', (error, socket: Socket) => {
    const code = errno(error) ?? '';
    // nobody is there to be answered
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    void refuse(socket, code);
    socket.end(`HTTP/1.1 ${statusOf[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`);
  });
  return server;
}
