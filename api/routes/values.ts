import { z } from 'zod';

/** A month such as 2003-01. */
export const period = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);
/** A batch id such as 2003-01-MONTHEND, of a supplement 2003-01-MONTHEND-02. */
export const batchId = z.string().regex(/^\d{4}-\d{2}-MONTHEND(-\d{2,})?$/);

const ledger = z.int().min(1).max(900);

/** A number in a query, where everything is text: decimal digits, nothing else. */
export const inQuery = <Schema extends z.ZodType<number>>(number: Schema) =>
  z.preprocess((text) => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text), number);

/** The ledger in a body; 1 unless told otherwise. */
export const ledgerInBody = ledger.default(1);
/** The ledger in a query. */
export const ledgerQuery = inQuery(ledger).default(1);
/** How many of a list; a default is the list's own. */
export const limitQuery = (most: number) => inQuery(z.int().min(1).max(most));
