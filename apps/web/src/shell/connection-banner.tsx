import { useConnection } from '@spookify/solid';
import { createEffect, createMemo, createSignal, onCleanup, Show } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { connectionMessage } from './connection-message.ts';
import { Explained } from './explained.tsx';

/** How long a connection can be lost before the banner appears. Most interruptions are shorter. */
const PATIENCE_MS = 700;

/**
 * Shows that the server is unreachable, or why this page has stopped its connection. It overlays the page, so nothing
 * moves.
 */
export function ConnectionBanner() {
  const connection = useConnection(db);
  const [isOverdue, setOverdue] = createSignal(false);
  const [wasThere, setWasThere] = createSignal(false);
  const message = createMemo(() => connectionMessage(connection(), wasThere()));
  const away = createMemo(() => {
    const now = message();
    return now?.kind === 'away' ? now.text : undefined;
  });
  const stopped = createMemo(() => {
    const now = message();
    return now?.kind === 'stopped' ? now.explanation : undefined;
  });
  createEffect(() => {
    if (connection().kind === 'connected') setWasThere(true);
    if (away() === undefined) return setOverdue(false);
    const timer = setTimeout(() => setOverdue(true), PATIENCE_MS);
    onCleanup(() => clearTimeout(timer));
  });
  return (
    <div class="pointer-events-none fixed inset-x-0 bottom-0 z-20 flex justify-center p-4">
      <div aria-live="polite">
        <Show when={isOverdue() && away()}>
          {(text) => (
            <p class="flex items-center gap-3 rounded-full border border-edge bg-shelf px-5 py-2.5 text-[0.9375rem] motion-safe:animate-arrive">
              <span class="size-2 shrink-0 animate-breathe rounded-full bg-lamp" aria-hidden="true" />
              {text()}
            </p>
          )}
        </Show>
      </div>
      <Show when={stopped()}>
        {(explanation) => (
          <div class="pointer-events-auto flex max-w-xl flex-wrap items-center gap-x-5 gap-y-3 rounded-field border border-ember bg-shelf px-5 py-4 text-[0.9375rem] motion-safe:animate-arrive">
            <Explained explanation={explanation()} class="min-w-0 flex-1 basis-64" />
            <Button onClick={() => location.reload()}>Load again</Button>
          </div>
        )}
      </Show>
    </div>
  );
}
