import { Show } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Problem } from '../form/problem.tsx';

/** The names of the parts on the page. */
const PART_NAMES = { title: 'title', content: 'text' } as const;

/** One of the two texts of a suggestion. A part that was accepted or dismissed no longer exists. */
export type Part = keyof typeof PART_NAMES;

/** Shows what the ghost suggests for one part of a thread, with buttons to accept or dismiss it. */
export function Suggestion(props: {
  part: Part;
  text: string;
  onAccept: () => Promise<unknown>;
  onDismiss: () => Promise<unknown>;
}) {
  const name = () => PART_NAMES[props.part];
  const choose = createAction((accept: boolean) => (accept ? props.onAccept() : props.onDismiss()));
  return (
    <section class="motion-safe:animate-arrive" aria-label={`Suggested ${name()}`}>
      <h2 class="text-[0.9375rem] text-dust">Suggested {name()}</h2>
      <Show
        when={props.part === 'title'}
        fallback={<p class="prose mt-2 text-[1.1875rem] leading-relaxed text-phosphor">{props.text}</p>}
      >
        <p class="prose mt-1 text-2xl leading-tight text-phosphor text-balance">{props.text}</p>
      </Show>
      <div class="mt-4 flex flex-wrap gap-3">
        <Button look="glow" inert={choose.busy()} onClick={() => void choose.run(true)}>
          Accept {name()}
        </Button>
        <Button inert={choose.busy()} onClick={() => void choose.run(false)}>
          Dismiss {name()}
        </Button>
      </div>
      <Problem explanation={choose.error()} class="mt-3" />
    </section>
  );
}

/** Shows who wrote the suggestion, and what the offline writer is. */
export function WrittenBy(props: { writer: string }) {
  return (
    <p class="text-[0.9375rem] text-dust">
      <Show
        when={props.writer === 'offline'}
        fallback={
          <>
            Written by the model <strong class="font-medium text-paper wrap-anywhere">{props.writer}</strong>.
          </>
        }
      >
        <strong class="font-medium text-paper">Offline writer</strong>: made on this server from your own words. No AI
        model was asked, because none is set up.
      </Show>
    </p>
  );
}
