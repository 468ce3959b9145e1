import type { JSX } from 'solid-js';
import { Ghost, type GhostMood } from './ghost.tsx';

/** A page, or a part of one, that has nothing to show and says why and what to do. */
export function Notice(props: { heading: string; mood: GhostMood; children?: JSX.Element; level?: 1 | 2 }) {
  return (
    <section class="mx-auto flex max-w-md flex-col items-center gap-3 px-2 py-14 text-center">
      <Ghost mood={props.mood} class={`w-12 ${props.mood === 'troubled' ? 'text-lamp' : 'text-dust'}`} />
      {props.level === 2 ? (
        <h2 class="mt-2 font-serif text-2xl">{props.heading}</h2>
      ) : (
        <h1 class="mt-2 font-serif text-3xl">{props.heading}</h1>
      )}
      <div class="flex flex-col items-center gap-4 text-dust">{props.children}</div>
    </section>
  );
}
