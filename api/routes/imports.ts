import { Readable } from 'node:stream';
import { z } from 'zod';
import { loaded } from '../../control/database/import.ts';
import { importFile } from '../../control/import/import-file.ts';
import { parseMapping } from '../../control/import/mapping/read-mapping.ts';
import { piecesOf } from '../http/body.ts';
import { type Route, route } from './route.ts';

const mappingHeader = 'Monthend-Mapping';

const outcome = loaded.extend({ file: z.string(), source: z.enum(['PREMIUM', 'CLAIM']), sha256: z.string(),
  skipped: z.record(z.string(), z.string()),
});

export const importRoutes: readonly Route[] = [
  route({
    method: 'post', path: '/imports/{kind}', role: 'operator', status: 200, response: outcome, streamed: true,
    params: z.strictObject({ kind: z.enum(['premiums', 'claims']) }),
    query: z.strictObject({ name: z.string().regex(/^[\w.() -]{1,200}$/) }),
    headers: [{ name: mappingHeader, description: 'The mapping file of another layout, in base64.' }],
    summary: 'Import a file, CSV or gzip of it by its name, sent as the body; of any size.',
    handle: async ({ params, query, client, request }) => {
      const encoded = request.headers.get(mappingHeader);
      const mapping = encoded === null ? undefined : parseMapping(`The ${mappingHeader}`, Buffer.from(encoded, 'base64').toString('utf8'));
      const stream = Readable.from(piecesOf(request), { objectMode: false });
      const source = params.kind === 'premiums' ? 'PREMIUM' : 'CLAIM';
      return { body: await importFile(client, source, { name: query.name, stream }, { mapping, signal: request.signal }) };
    },
  }),
];
