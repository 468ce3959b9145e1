import { Show } from 'solid-js';
import type { Explanation } from './explain.ts';

/** Shows an explanation: the sentence, which screen readers announce at once, and the technical reason under "Details". */
export function Explained(props: {
  explanation: Explanation;
  /** It is part of something that the person has opened, so screen readers do not announce it. */
  quiet?: boolean;
  class?: string;
}) {
  return (
    <div class={`max-w-full ${props.class ?? ''}`}>
      <p role={props.quiet ? undefined : 'alert'}>{props.explanation.text}</p>
      <Show when={props.explanation.details}>
        {(details) => (
          <details class="mt-1 text-sm text-dust">
            <summary class="w-fit hover:text-paper">Details</summary>
            <p class="mt-1 text-left font-mono wrap-anywhere">{details()}</p>
          </details>
        )}
      </Show>
    </div>
  );
}
