import { AlertDialog } from '@kobalte/core/alert-dialog';
import { createSignal } from 'solid-js';
import { createAction } from './action.ts';
import { Button } from './button.tsx';
import { Problem } from './problem.tsx';

/**
 * The button that deletes something, and the question before it does. The question takes the focus, Escape answers it with no,
 * and the focus then returns to the button.
 */
export function ConfirmDelete(props: {
  /** What is deleted: "note" gives "Delete note" and "Delete this note?". */
  what: string;
  /** What is lost, as a sentence. */
  consequence: string;
  /** Shown on the button instead of "Delete …" where its surroundings say what; a screen reader hears it in full. */
  label?: string;
  class?: string;
  onDelete: () => Promise<unknown>;
  /** It is gone, and the button with it: give the focus another place. */
  onGone?: () => void;
}) {
  const [open, setOpen] = createSignal(false);
  const remove = createAction(() => props.onDelete());
  // From the press on, because the row may be gone, and this with it, before the write is answered.
  let isDeleting = false;
  const confirm = async () => {
    isDeleting = true;
    isDeleting = await remove.run();
    if (isDeleting) setOpen(false);
  };
  return (
    <AlertDialog open={open()} onOpenChange={setOpen}>
      <AlertDialog.Trigger
        as={Button}
        look="quiet"
        class={props.class}
        aria-label={props.label === undefined ? undefined : `Delete ${props.what}`}
      >
        {props.label ?? `Delete ${props.what}`}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay class="fixed inset-0 z-30 bg-night/80" />
        <div class="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <AlertDialog.Content
            class="w-full max-w-md rounded-panel border border-edge bg-desk p-6 motion-safe:animate-arrive"
            onCloseAutoFocus={() => {
              // After the dialog, which gives the focus back to the button in any case.
              if (isDeleting) queueMicrotask(() => props.onGone?.());
            }}
          >
            <AlertDialog.Title class="font-serif text-2xl">Delete this {props.what}?</AlertDialog.Title>
            <AlertDialog.Description class="mt-2 wrap-anywhere text-dust">{props.consequence}</AlertDialog.Description>
            <div class="mt-6 flex flex-wrap gap-3">
              <Button onClick={() => setOpen(false)}>Keep it</Button>
              <Button look="warn" busy={remove.busy()} onClick={() => void confirm()}>
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
