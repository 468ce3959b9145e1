import { Show } from 'solid-js';

/** What went wrong, beside what was pressed; read out as soon as it appears. */
export function Problem(props: { text: string | undefined; class?: string }) {
  return (
    <Show when={props.text}>
      {(text) => (
        <p role="alert" class={`border-l-2 border-ember pl-3 text-[0.9375rem] text-ember ${props.class ?? ''}`}>
          {text()}
        </p>
      )}
    </Show>
  );
}
