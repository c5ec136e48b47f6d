import { z } from 'zod';

/** A month such as 2003-01. */
export const period = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);
/** A batch id such as 2003-01-MONTHEND, of a supplement 2003-01-MONTHEND-02. */
export const batchId = z.string().regex(/^\d{4}-\d{2}-MONTHEND(-\d{2,})?$/);
/** The ledger; 1 unless told otherwise. */
export const ledgerQuery = z.coerce.number().int().min(1).max(900).default(1);
