import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { errno } from '../../control/errors.ts';
import { answerProblem } from './answer.ts';
import type { Audit } from '../access/audit.ts';
import { Refusal } from './problem.ts';

/** What Node has of a request and its answer. */
export interface Connection extends HttpBindings {
  /** Set by an answer that has its own way to send its body: called once the head is sent. */
  begin?: () => void;
}

type Fetch = (request: Request, connection: Connection) => Response | Promise<Response>;

const statusOf: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large', ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** A server for the application. What is no HTTP, or names no address, never comes to it: refused, and kept, here. */
export function createHttpServer(fetch: Fetch, audit: Audit): Server {
  const refuse = (socket: Socket, code: string): Promise<void> =>
    audit({ name: 'unknown', role: 'viewer', address: socket.remoteAddress ?? 'unknown' }, 'HTTP', 'REFUSED', { code });
  const answer = async (request: Request, connection: Connection): Promise<Response> => {
    const { outgoing } = connection;
    const response = await fetch(request, connection);
    if (connection.begin === undefined) return response;
    outgoing.setHeaders(response.headers).writeHead(response.status).flushHeaders();
    connection.begin();
    return RESPONSE_ALREADY_SENT;
  };
  const server = createServer({
    // a mapping comes in a header
    maxHeaderSize: 64 * 1024,
    // an upload takes as long as it takes; headers have Node's minute
    requestTimeout: 0,
  }, (incoming, outgoing) => void getRequestListener((request) => answer(request, { incoming, outgoing }), {
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
