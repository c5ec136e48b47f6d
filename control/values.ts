/** A month such as 2003-01. */
export const periodForm = /^\d{4}-(0[1-9]|1[0-2])$/;
/** A batch id such as 2003-01-MONTHEND, of a supplement 2003-01-MONTHEND-02. */
export const batchIdForm = /^\d{4}-\d{2}-MONTHEND(-\d{2,})?$/;
/** The number of an entry such as JE-1-2003-01-0000000001. */
export const entryNumberForm = /^JE-\d{1,3}-\d{4}-\d{2}-\d{10}$/;
/** Ledgers are numbered from 1 to this. */
export const mostLedgers = 900;

/** The names of this machine for itself. */
export const loopbackHosts: readonly string[] = ['127.0.0.1', 'localhost', '::1'];
/** A host as it stands in an address. */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
