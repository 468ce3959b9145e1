import { useConnection, useSync } from '@spookify/solid';
import { createEffect, createMemo, createSignal, on, onCleanup, Show } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { connectionMessage } from './connection-message.ts';
import { Explained } from './explained.tsx';
import { loadAgain } from './load-again.ts';
import { Tray } from './tray/tray.tsx';

/** How long a state lasts before the banner shows it. Most interruptions are shorter, and most changes are sent sooner. */
const PATIENCE_MS = { away: 700, sending: 2000 };

/**
 * Shows that the server is unreachable and what is not sent yet, why this page has stopped its connection, and the tray of
 * changes that were not saved. It overlays the page, so nothing moves.
 */
export function ConnectionBanner() {
  const connection = useConnection(db);
  const sync = useSync(db);
  const [shownKind, setShownKind] = createSignal<'away' | 'sending'>();
  const [wasConnected, setWasConnected] = createSignal(false);
  // The results of an earlier visit are shown before there is a connection.
  const wasThere = () => wasConnected() || sync().lastSynced !== undefined;
  const message = createMemo(() => connectionMessage(connection(), sync(), wasThere()));
  const passing = createMemo(() => {
    const now = message();
    return now === undefined || now.kind === 'stopped' ? undefined : now;
  });
  const text = () => (passing()?.kind === shownKind() ? passing()?.text : undefined);
  const stopped = createMemo(() => {
    const now = message();
    return now?.kind === 'stopped' ? now.explanation : undefined;
  });
  createEffect(() => {
    if (connection().kind === 'connected') setWasConnected(true);
  });
  const [loading, setLoading] = createSignal(false);
  const load = (): Promise<void> => {
    setLoading(true);
    return loadAgain();
  };
  const kind = createMemo(() => passing()?.kind);
  createEffect(
    on(kind, (now) => {
      setShownKind(undefined);
      if (now === undefined) return;
      const timer = setTimeout(() => setShownKind(now), PATIENCE_MS[now]);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  return (
    <div class="pointer-events-none fixed inset-x-0 bottom-0 z-20 flex flex-col items-center gap-2 p-4">
      <Tray failed={sync().failed} />
      <div aria-live="polite">
        <Show when={text()}>
          {(now) => (
            <p class="flex items-center gap-3 rounded-full border border-edge bg-shelf px-5 py-2.5 text-[0.9375rem] motion-safe:animate-arrive">
              <span class="size-2 shrink-0 animate-breathe rounded-full bg-lamp" aria-hidden="true" />
              {now()}
            </p>
          )}
        </Show>
      </div>
      <Show when={stopped()}>
        {(explanation) => (
          <div class="pointer-events-auto flex max-w-xl flex-wrap items-center gap-x-5 gap-y-3 rounded-field border border-ember bg-shelf px-5 py-4 text-[0.9375rem] motion-safe:animate-arrive">
            <Explained explanation={explanation()} class="min-w-0 flex-1 basis-64" />
            <Button busy={loading()} onClick={() => void load()}>
              Load again
            </Button>
          </div>
        )}
      </Show>
    </div>
  );
}
