import { createSignal, onCleanup, Show } from 'solid-js';

/**
 * Grey lines in the place and size of the text that is loading. They appear after a moment, because they would flicker on a
 * quick answer; their space is reserved from the start.
 */
export function Skeleton(props: { label: string; lines: readonly string[]; class?: string }) {
  const [visible, setVisible] = createSignal(false);
  const timer = setTimeout(() => setVisible(true), 150);
  onCleanup(() => clearTimeout(timer));
  return (
    <div class={props.class} aria-live="polite">
      <Show when={visible()}>
        <span class="sr-only">{props.label}</span>
      </Show>
      {props.lines.map((line) => (
        <div class={`${visible() ? 'skeleton' : ''} ${line}`} aria-hidden="true" />
      ))}
    </div>
  );
}
