import type { Devtools } from '@spookify/client/devtools';
import { type Accessor, createSignal, onCleanup } from 'solid-js';

/** Changes that follow each other this fast are shown together. Milliseconds. */
const PAUSE_MS = 100;
/** Ages, and the number of a query's watches, change without an event. Milliseconds. */
const TICK_MS = 1_000;

/** What the panel shows, read at one moment. */
export type Reading = Omit<Devtools, 'subscribe' | 'showValues'>;

/** Reads the tools of the page again after each event, and each second. */
export function useDevtools(): Accessor<Reading> {
  const [reading, setReading] = createSignal(read());
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    clearTimeout(waiting);
    waiting = undefined;
    setReading(read());
  };
  const stop = tools().subscribe(() => {
    waiting ??= setTimeout(refresh, PAUSE_MS);
  });
  const ticking = setInterval(refresh, TICK_MS);
  onCleanup(() => {
    stop();
    clearTimeout(waiting);
    clearInterval(ticking);
  });
  return reading;
}

function read(): Reading {
  const { queries, pending, failed, connection, auth, sync, log } = tools();
  return { queries, pending, failed, connection, auth, sync, log };
}

function tools(): Devtools {
  const devtools = globalThis.__spookify;
  if (devtools === undefined) throw new Error('installDevtools was not called, or its recording has ended.');
  return devtools;
}
