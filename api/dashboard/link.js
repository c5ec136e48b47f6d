// Addresses of the dashboard. A ledger other than 1 is in all of them.

/** The ledger of the page that is shown. */
export const ledgerHere = () => Number(new URLSearchParams(location.search).get('ledger') ?? 1);

/** An address, on the ledger of this page unless another is given. */
export const link = (path, query = {}, ledger = ledgerHere()) => {
  const given = Object.entries({ ...query, ledger: ledger === 1 ? null : ledger }).filter(([, value]) => value !== null && value !== undefined);
  return `${path}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
};
