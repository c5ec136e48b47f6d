// The API as the pages ask it: problem+json becomes an Error that says what to do.

export class Problem extends Error {
  constructor({ title, detail, next_step: nextStep, status }) {
    super(title);
    Object.assign(this, { detail, nextStep, status });
  }
}

const away = { title: 'The service does not answer.', next_step: 'It is asked again every five seconds; is it running? ./monthend serve', status: 0 };

async function send(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(away);
  }
  if (response.ok) return response.json();
  throw new Problem(await response.json().catch(() => ({ title: `The service answers ${response.status}.`, status: response.status })));
}

const urlOf = (path, query = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return `/api/v1${path}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
};

export const load = (path, query, signal) => send(urlOf(path, query), { signal });

/** Changes something. A key of its own makes sure that a repeated click opens nothing twice. */
export const change = (path, body = {}, { query, key = crypto.randomUUID(), headers } = {}) => send(urlOf(path, query), {
  method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
});

export const eventsUrl = urlOf;

const ranks = {
  viewer: ['viewer'], auditor: ['viewer', 'auditor'], operator: ['viewer', 'auditor', 'operator'], approver: ['viewer', 'auditor', 'approver'],
  admin: ['viewer', 'auditor', 'operator', 'approver', 'admin'],
};

/** Whether somebody's role includes another. */
export const may = (who, role) => ranks[who?.role]?.includes(role) ?? false;
