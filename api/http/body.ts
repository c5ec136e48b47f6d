import { Refusal } from './problem.ts';

const mostBodyBytes = 64 * 1024;
const bodyWithinMs = 10_000;
const pieceWithinMs = 60_000;

/** Awaits something of the client, but not for ever: a Refusal (408). */
async function inTime<Result>(coming: Promise<Result>, milliseconds: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Refusal('slow-body')), milliseconds);
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readAll(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > mostBodyBytes) throw new Refusal('too-large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The JSON of a body that is no file; {} where there is none. */
export async function readJson(request: Request): Promise<unknown> {
  if (Number(request.headers.get('content-length') ?? 0) > mostBodyBytes) throw new Refusal('too-large');
  if (request.body === null) return {};
  const bytes = await inTime(readAll(request.body), bodyWithinMs);
  try {
    return bytes.length === 0 ? {} : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal('request', { title: 'The body is no JSON.', nextStep: 'Send a JSON object, with Content-Type: application/json.' });
  }
}

/** The pieces of a body of any size, as they are taken. */
export async function* piecesOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) throw new Refusal('request', { title: 'The body is empty.', nextStep: 'Send the file as the body.' });
  const reader = request.body.getReader();
  try {
    for (let next = await inTime(reader.read(), pieceWithinMs); !next.done; next = await inTime(reader.read(), pieceWithinMs)) {
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
