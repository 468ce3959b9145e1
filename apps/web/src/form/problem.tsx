import { Show } from 'solid-js';
import type { Explanation } from '../shell/explain.ts';
import { Explained } from '../shell/explained.tsx';

/** Shows an error beside the button that caused it. */
export function Problem(props: { explanation: Explanation | undefined; class?: string }) {
  return (
    <Show when={props.explanation}>
      {(explanation) => (
        <Explained
          explanation={explanation()}
          class={`border-l-2 border-ember pl-3 text-[0.9375rem] text-ember ${props.class ?? ''}`}
        />
      )}
    </Show>
  );
}
