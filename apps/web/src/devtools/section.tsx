import { createUniqueId, type JSX } from 'solid-js';

/** A part of the panel that scrolls by itself. It can get the focus, so that it also scrolls by keyboard. */
export function Section(props: { heading: string; note?: string; children: JSX.Element }) {
  const id = createUniqueId();
  return (
    <section
      tabindex={0}
      aria-labelledby={id}
      class="min-h-0 min-w-0 overflow-auto bg-desk focus-visible:-outline-offset-2"
    >
      <h3 id={id} class="sticky top-0 flex items-baseline gap-2 border-b border-rule bg-desk px-3 py-1.5 font-semibold">
        {props.heading}
        <span class="font-normal text-dust">{props.note}</span>
      </h3>
      <div class="px-3 py-2">{props.children}</div>
    </section>
  );
}

/** Text for a section without rows. */
export function Nothing(props: { children: JSX.Element }) {
  return <p class="text-dust">{props.children}</p>;
}
