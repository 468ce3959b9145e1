import { createSignal, onCleanup, Show } from 'solid-js';

/**
 * Grey lines where text will be, in the size it will have. They show after a moment only: on a quick answer they would
 * be nothing but a flicker, and the room they take is kept either way.
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
