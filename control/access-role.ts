import { z } from 'zod';

/** What somebody may do; each is the database's role monthend_<name>. */
export const accessRole = z.enum(['viewer', 'auditor', 'operator', 'approver', 'admin']);
export type AccessRole = z.output<typeof accessRole>;
