import { AlertDialog } from '@kobalte/core/alert-dialog';
import { createSignal } from 'solid-js';
import { createAction } from './action.ts';
import { Button } from './button.tsx';
import { Problem } from './problem.tsx';

/**
 * The button that deletes something, and the question before it does. The question takes the focus, Escape cancels it, and
 * the focus then returns to the button.
 */
export function ConfirmDelete(props: {
  /** What is deleted: "note" gives "Delete note" and "Delete this note?". */
  what: string;
  /** What the person loses, as a sentence. */
  consequence: string;
  /** A shorter label of the button, if the page shows what it deletes. A screen reader reads the full one. */
  label?: string;
  class?: string;
  onDelete: () => Promise<unknown>;
  /** The row and the button are gone: move the focus to another element. */
  onGone?: () => void;
}) {
  const [open, setOpen] = createSignal(false);
  const remove = createAction(() => props.onDelete());
  // Set before the write, because the row, and this component with it, can disappear before the write is answered.
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
              // Runs after the dialog, which always returns the focus to the button.
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
