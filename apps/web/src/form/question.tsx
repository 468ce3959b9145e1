import { AlertDialog } from '@kobalte/core/alert-dialog';
import type { JSX } from 'solid-js';
import type { Explanation } from '../shell/explain.ts';
import { Button } from './button.tsx';
import { Problem } from './problem.tsx';

/**
 * A question before something that a person may regret. It takes the focus, Escape means no, and the focus then returns to
 * the trigger.
 */
export function Question(props: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** An `AlertDialog.Trigger`, if pressing it always asks. */
  trigger?: JSX.Element;
  heading: string;
  /** What happens, as a sentence. */
  consequence: string;
  /** The labels of the two buttons. The safe one has the focus. */
  no: string;
  yes: string;
  busy: boolean;
  error: Explanation | undefined;
  onYes: () => void;
  onCloseAutoFocus?: () => void;
}) {
  return (
    <AlertDialog open={props.open} onOpenChange={(open) => props.onOpenChange(open)}>
      {props.trigger}
      <AlertDialog.Portal>
        <AlertDialog.Overlay class="fixed inset-0 z-30 bg-night/80" />
        <div class="fixed inset-0 z-40 grid place-items-center overflow-y-auto p-4">
          <AlertDialog.Content
            class="w-full max-w-md rounded-panel border border-edge bg-desk p-6 motion-safe:animate-arrive"
            onCloseAutoFocus={() => props.onCloseAutoFocus?.()}
          >
            <AlertDialog.Title class="font-serif text-2xl">{props.heading}</AlertDialog.Title>
            <AlertDialog.Description class="mt-2 wrap-anywhere text-dust">{props.consequence}</AlertDialog.Description>
            <div class="mt-6 flex flex-wrap gap-3">
              <Button onClick={() => props.onOpenChange(false)}>{props.no}</Button>
              <Button look="warn" busy={props.busy} onClick={() => props.onYes()}>
                {props.yes}
              </Button>
            </div>
            <Problem explanation={props.error} class="mt-4" />
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog>
  );
}
