import type { JSX } from 'solid-js';

/** A coloured dot with a few words, at the end of a row. */
export function Mark(props: { light: string; text: string; children: JSX.Element }) {
  return (
    <span class={`inline-flex items-center gap-2 sm:ml-auto ${props.text}`}>
      <span class={`size-2 rounded-full ${props.light}`} aria-hidden="true" />
      {props.children}
    </span>
  );
}
