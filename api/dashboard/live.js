import { eventsUrl, load } from './api.js';

// What stays up to date: a screen by its events, and what is asked for every five seconds.

const askEveryMs = 5_000;
const quietMs = 12_000;

/**
 * Follows the screen of a batch until the signal or its end. `onScreen` gets each one, `onState` how it
 * is followed: connecting, live, polling, paused, away or ended. Returns { pause } that pauses or goes on.
 */
export function follow({ batch, ledger, signal, onScreen, onState }) {
  let source;
  let heardAt = Date.now();
  let isPaused = false;
  let isOver = false;

  const close = () => {
    source?.close();
    source = undefined;
  };
  const take = (screen) => {
    heardAt = Date.now();
    onScreen(screen);
    if (screen.batch.is_running) return;
    isOver = true;
    close();
    onState('ended');
  };
  const listen = () => {
    close();
    source = new EventSource(eventsUrl(`/batches/${batch}/screen/events`, { ledger }));
    source.addEventListener('screen', (event) => {
      onState('live');
      take(JSON.parse(event.data));
    });
    source.addEventListener('END', close);
  };
  const ask = async () => {
    if (isPaused || isOver || signal.aborted || (source?.readyState === EventSource.OPEN && Date.now() - heardAt < quietMs)) return;
    onState('polling');
    try {
      take(await load(`/batches/${batch}/screen`, { ledger }, signal));
      if (!isOver && source?.readyState !== EventSource.CONNECTING) listen();
    } catch (error) {
      if (!signal.aborted) onState('away', error);
    }
  };

  listen();
  const timer = setInterval(() => void ask(), askEveryMs);
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    close();
  });
  return {
    pause: () => {
      if (isOver) return;
      isPaused = !isPaused;
      if (isPaused) close();
      else listen();
      onState(isPaused ? 'paused' : 'connecting');
    },
  };
}

/** Does something every five seconds, and when somebody comes back; not while a dialog is open. A session that has ended leads to the login. */
export function regularly(work, { signal, again }) {
  let isBusy = false;
  const turn = async () => {
    if (isBusy || signal.aborted || document.hidden || document.querySelector('dialog[open]') !== null) return;
    isBusy = true;
    await work().catch((error) => {
      if (error.status === 401) void again();
    });
    isBusy = false;
  };
  if (signal.aborted) return;
  const timer = setInterval(turn, askEveryMs);
  signal.addEventListener('abort', () => clearInterval(timer));
  for (const event of ['focus', 'visibilitychange']) addEventListener(event, turn, { signal });
}
