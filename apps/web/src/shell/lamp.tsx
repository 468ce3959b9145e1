import { Ghost } from './ghost.tsx';

/** Draws the ghost with a book under a lamp, whose cord comes down from the top of the page. */
export function LampScene(props: { class?: string }) {
  return (
    <div class={`relative flex flex-col items-center ${props.class ?? ''}`} aria-hidden="true">
      <div class="absolute bottom-full h-dvh w-px bg-lamp/45" />
      <svg aria-hidden="true" viewBox="0 0 240 190" class="w-72 text-lamp" fill="none">
        <path d="M98 34 20 190h200L142 34Z" fill="currentColor" opacity="0.055" />
        <path d="M98 34 58 190h124L142 34Z" fill="currentColor" opacity="0.05" />
        <path d="M109 0h22l5 9q18 8 20 25H84q2-17 20-25Z" fill="currentColor" opacity="0.92" />
        <path d="M109 34a11 7.5 0 0 0 22 0Z" fill="oklch(0.96 0.06 90)" />
      </svg>
      <Ghost mood="writing" class="-mt-26 w-17 text-phosphor" />
      <svg aria-hidden="true" viewBox="0 0 160 30" class="-mt-4 w-42" fill="none">
        <path
          d="M80 9C66 1 44 1 28 6v18c16-5 38-5 52 3 14-8 36-8 52-3V6C116 1 94 1 80 9Zm0 0v18"
          class="fill-shelf stroke-dust"
          stroke-width="1.4"
          stroke-linejoin="round"
        />
        <path d="M0 28.5h160" class="stroke-edge" stroke-width="1.4" />
      </svg>
    </div>
  );
}
