import { z } from 'zod';

/** A month such as 2003-01. */
export const period = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);
/** The ledger; 1 unless told otherwise. */
export const ledgerQuery = z.coerce.number().int().min(1).max(900).default(1);
