import { AlertDialog } from '@kobalte/core/alert-dialog';
import { createSignal } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Problem } from '../form/problem.tsx';

/** The button which deletes a thread, and the question before it does. */
export function ConfirmDelete(props: { title: string; onDelete: () => Promise<unknown> }) {
  const [open, setOpen] = createSignal(false);
  const remove = createAction(() => props.onDelete());
  return (
    <AlertDialog open={open()} onOpenChange={setOpen}>
      <AlertDialog.Trigger as={Button} look="quiet">
        Delete thread
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay class="fixed inset-0 z-30 bg-night/80" />
        <div class="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <AlertDialog.Content class="w-full max-w-md rounded-panel border border-edge bg-desk p-6 motion-safe:animate-arrive">
            <AlertDialog.Title class="font-serif text-2xl">Delete this thread?</AlertDialog.Title>
            <AlertDialog.Description class="mt-2 wrap-anywhere text-dust">
              “{props.title}” goes for good, with its comments and its suggestion.
            </AlertDialog.Description>
            <div class="mt-6 flex flex-wrap gap-3">
              <Button onClick={() => setOpen(false)}>Keep it</Button>
              <Button look="warn" busy={remove.busy()} onClick={() => void remove.run()}>
                Delete for good
              </Button>
            </div>
            <Problem explanation={remove.error()} class="mt-4" />
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog>
  );
}
