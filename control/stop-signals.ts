/** How long sessions and requests may take to end what they are at; within what deploy/ gives the process. */
const finishWithinMs = 45_000;

/** `told` aborts at the first SIGINT or SIGTERM; `enough` at the next, or when everything had time enough to end. */
export function stopSignals(): { readonly told: AbortSignal; readonly enough: AbortSignal } {
  const [told, enough] = [new AbortController(), new AbortController()];
  const onSignal = (): void => {
    if (told.signal.aborted) enough.abort();
    told.abort();
    setTimeout(() => enough.abort(), finishWithinMs).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { told: told.signal, enough: enough.signal };
}
