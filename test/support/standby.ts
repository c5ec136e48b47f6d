import { once } from 'node:events';
import pg from 'pg';
import { clientConfig } from '../../control/server/connect.ts';

/** A standby as the server sees one: a session that streams WAL, and says how much of it it has replayed. */
interface Standby {
  readonly replayed: (lsn: bigint) => void;
  readonly end: () => Promise<void>;
}

// https://www.postgresql.org/docs/current/protocol-replication.html, Standby status update
function statusUpdate(written: bigint, replayed: bigint): Buffer {
  const message = Buffer.alloc(34);
  message.write('r');
  message.writeBigInt64BE(written, 1);
  message.writeBigInt64BE(written, 9);
  message.writeBigInt64BE(replayed, 17);
  return message;
}

interface Streaming {
  readonly connection: NodeJS.EventEmitter & { readonly sendCopyFromChunk: (chunk: Buffer) => void };
}

/** Streams from where the server is now. */
export async function openStandby(url: string, applicationName: string): Promise<Standby> {
  const client = new pg.Client({ ...clientConfig({ url, applicationName }), replication: 'true' } as pg.ClientConfig);
  client.on('error', () => undefined);
  await client.connect();
  const [{ xlogpos = '' } = {}] = (await client.query<{ xlogpos: string }>('IDENTIFY_SYSTEM')).rows;
  const { connection } = client as unknown as Streaming;
  const started = once(connection, 'replicationStart');
  const streaming = client.query(`START_REPLICATION PHYSICAL ${xlogpos}`).catch(() => undefined);
  await started;
  const [high = '0', low = '0'] = xlogpos.split('/');
  const written = (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
  return {
    replayed: (lsn) => connection.sendCopyFromChunk(statusUpdate(written, lsn)),
    end: async () => {
      await client.end();
      await streaming;
    },
  };
}
