import { z } from 'zod';
import { batchIdForm, entryNumberForm, mostLedgers, periodForm } from '../../control/values.ts';

export const period = z.string().regex(periodForm);
export const batchId = z.string().regex(batchIdForm);
export const entryNumber = z.string().regex(entryNumberForm);

const ledger = z.int().min(1).max(mostLedgers);

/** A number in a query, where everything is text: decimal digits, nothing else. */
const inQuery = <Schema extends z.ZodType<number>>(number: Schema) =>
  z.preprocess((text) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text), number);

/** The ledger in a body; 1 unless told otherwise. */
export const ledgerInBody = ledger.default(1);
/** The ledger in a query. */
export const ledgerQuery = inQuery(ledger).default(1);
/** How many of a list; a default is the list's own. */
export const limitQuery = (most: number) => inQuery(z.int().min(1).max(most));
/** What a page of batches begins before: the last batch_no of the page before it. */
export const beforeBatch = z.string().regex(/^\d{1,9}$/).optional();
