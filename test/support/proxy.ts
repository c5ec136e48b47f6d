import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/** A way to the database that can be cut. */
export interface Proxy {
  /** An address with this way in place of its own host and port. */
  readonly through: (url: string) => string;
  /** Drops every connection and lets nobody in for so long. */
  readonly cut: (milliseconds: number) => Promise<void>;
  /** The same, until it is mended. */
  readonly setCut: (isCut: boolean) => void;
  /** The ports that its connections to the database come from. */
  readonly ports: () => number[];
  readonly close: () => Promise<void>;
}

export async function startProxy(url: string): Promise<Proxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((from) => {
    const to = connect(Number(target.port), target.hostname);
    for (const [one, other] of [[from, to], [to, from]] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => { sockets.delete(one); other.destroy(); });
    }
    if (isCut) from.destroy();
    else from.pipe(to).pipe(from);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const drop = (): void => { for (const socket of sockets) socket.destroy(); };
  const setCut = (cut: boolean): void => {
    isCut = cut;
    if (cut) drop();
  };
  return {
    through: (other) => Object.assign(new URL(other), { hostname: '127.0.0.1', port: String(port) }).href,
    cut: async (milliseconds) => {
      setCut(true);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      setCut(false);
    },
    setCut,
    ports: () => [...sockets].flatMap(({ localPort }) => localPort ?? []),
    close: async () => {
      drop();
      server.close();
      await once(server, 'close');
    },
  };
}
