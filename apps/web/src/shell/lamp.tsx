import { Ghost, type GhostMood } from './ghost.tsx';

/** The ghost under the reading room's lamp: for pages which have little else on them. */
export function LampScene(props: { mood?: GhostMood; class?: string }) {
  return (
    <div class={`relative flex flex-col items-center ${props.class ?? ''}`} aria-hidden="true">
      <svg viewBox="0 0 200 150" class="w-44 text-lamp" fill="none">
        <path d="M84 52 22 150h156L116 52Z" fill="currentColor" opacity="0.07" />
        <path d="M100 0v30" stroke="currentColor" stroke-width="1.5" opacity="0.55" />
        <path d="M92 30h16l4 6 16 16H72l16-16Z" fill="currentColor" opacity="0.9" />
        <path d="M91 52a9 6.5 0 0 0 18 0Z" fill="currentColor" />
      </svg>
      <Ghost mood={props.mood ?? 'awake'} class="-mt-16 w-12 text-phosphor" />
      <svg viewBox="0 0 120 22" class="-mt-2.5 w-28" fill="none">
        <path
          d="M60 6C50 0 32 0 20 4v14c12-4 30-4 40 2 10-6 28-6 40-2V4C88 0 70 0 60 6Zm0 0v14"
          class="fill-shelf stroke-dust"
          stroke-width="1.4"
          stroke-linejoin="round"
        />
      </svg>
    </div>
  );
}
