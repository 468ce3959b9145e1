import { useConnection } from '@spookify/solid';
import { createEffect, createSignal, onCleanup, Show } from 'solid-js';
import { db } from '../db.ts';

/** How long a connection may be away before the banner says so: most interruptions are shorter. */
const PATIENCE_MS = 700;

/** Says that the server is out of reach, for as long as it is. It lies over the page, so nothing moves. */
export function ConnectionBanner() {
  const connection = useConnection(db);
  const away = () => connection().kind === 'reconnecting' || connection().kind === 'connecting';
  const [shown, setShown] = createSignal(false);
  const [wasThere, setWasThere] = createSignal(false);
  createEffect(() => {
    if (connection().kind === 'connected') setWasThere(true);
    if (!away()) return setShown(false);
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    onCleanup(() => clearTimeout(timer));
  });
  return (
    <div aria-live="polite" class="pointer-events-none fixed inset-x-0 bottom-0 z-20 flex justify-center p-4">
      <Show when={shown()}>
        <p class="flex items-center gap-3 rounded-full border border-edge bg-shelf px-5 py-2.5 text-[0.9375rem] motion-safe:animate-arrive">
          <span class="size-2 shrink-0 animate-breathe rounded-full bg-lamp" aria-hidden="true" />
          {wasThere()
            ? 'Reconnecting. What you see may be out of date.'
            : 'The server does not answer yet. Still trying.'}
        </p>
      </Show>
    </div>
  );
}
