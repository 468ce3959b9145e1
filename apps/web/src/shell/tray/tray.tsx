// Not the object `Dialog`: Kobalte's `AlertDialog` is the same object and replaces its parts.
import * as Dialog from '@kobalte/core/dialog';
import type { FailedWrite } from '@spookify/client';
import { createEffect, createSignal, For, Show } from 'solid-js';
import { Button } from '../../form/button.tsx';
import { changes } from '../connection-message.ts';
import { RefusedWrite } from './refused-write.tsx';

/**
 * The tray: a button that appears when changes were refused, and the list that it opens. The page does not show these changes
 * any more, so this is the only place where their text still is.
 */
export function Tray(props: { failed: readonly FailedWrite[] }) {
  const [open, setOpen] = createSignal(false);
  const count = () => props.failed.length;
  createEffect(() => {
    if (count() === 0) setOpen(false);
  });
  return (
    <Dialog.Root open={open()} onOpenChange={setOpen}>
      <div aria-live="polite">
        <Show when={count() > 0}>
          <Dialog.Trigger class="pointer-events-auto flex min-h-10 items-center gap-3 rounded-full border border-ember bg-shelf px-5 text-[0.9375rem] hover:bg-rule motion-safe:animate-arrive">
            <span class="size-2 shrink-0 rounded-full bg-ember" aria-hidden="true" />
            <span>{changes(count())} not saved</span>
            <span class="text-dust underline decoration-edge underline-offset-4">Show</span>
          </Dialog.Trigger>
        </Show>
      </div>
      <Dialog.Portal>
        <Dialog.Overlay class="fixed inset-0 z-30 bg-night/80" />
        <div class="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <Dialog.Content
            class="w-full max-w-2xl rounded-panel border border-edge bg-desk p-6 motion-safe:animate-arrive"
            onCloseAutoFocus={(event) => {
              // The button has gone with the last change.
              if (count() > 0) return;
              event.preventDefault();
              document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true });
            }}
          >
            <Dialog.Title class="font-serif text-2xl">Not saved</Dialog.Title>
            <Dialog.Description class="mt-2 text-dust">
              The server did not accept these changes, so the pages do not show them.
            </Dialog.Description>
            <ol class="mt-6">
              <For each={props.failed}>{(write) => <RefusedWrite write={write} />}</For>
            </ol>
            <div class="mt-6 border-t border-rule pt-5">
              <Button look="quiet" onClick={() => setOpen(false)}>
                Close
              </Button>
            </div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
