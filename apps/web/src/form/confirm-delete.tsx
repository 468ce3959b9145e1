import { AlertDialog } from '@kobalte/core/alert-dialog';
import { createSignal } from 'solid-js';
import { createAction } from './action.ts';
import { Button } from './button.tsx';
import { Question } from './question.tsx';

/** The button that deletes something, and the question before it does. */
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
    <Question
      open={open()}
      onOpenChange={setOpen}
      trigger={
        <AlertDialog.Trigger
          as={Button}
          look="quiet"
          class={props.class}
          aria-label={props.label === undefined ? undefined : `Delete ${props.what}`}
        >
          {props.label ?? `Delete ${props.what}`}
        </AlertDialog.Trigger>
      }
      heading={`Delete this ${props.what}?`}
      consequence={props.consequence}
      no="Keep it"
      yes="Delete for good"
      busy={remove.busy()}
      error={remove.error()}
      onYes={() => void confirm()}
      onCloseAutoFocus={() => {
        // Runs after the dialog, which always returns the focus to the button.
        if (isDeleting) queueMicrotask(() => props.onGone?.());
      }}
    />
  );
}
