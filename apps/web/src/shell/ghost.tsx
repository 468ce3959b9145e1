import { Match, Switch } from 'solid-js';

/** The ghost's state: looking at the reader, writing, worried about a failure, or asleep. */
export type GhostMood = 'awake' | 'writing' | 'troubled' | 'asleep';

/** Draws the ghost. It is only decoration: the page also says in words what it shows. */
export function Ghost(props: { mood?: GhostMood; class?: string }) {
  return (
    <svg viewBox="0 0 24 28" fill="none" aria-hidden="true" class={props.class} data-mood={props.mood ?? 'awake'}>
      <g classList={{ 'motion-safe:animate-hover': props.mood === 'writing' }}>
        <path
          d="M2 26V11.8a10 10 0 0 1 20 0V26l-3.9-3.1L14.4 26 12 23.4 9.6 26l-3.7-3.1Z"
          fill="currentColor"
          stroke="currentColor"
          stroke-width="1.2"
          stroke-linejoin="round"
        />
        <g class="text-night" fill="currentColor">
          <Switch
            fallback={
              <>
                <ellipse cx="8.8" cy="11.6" rx="1.55" ry="2.2" />
                <ellipse cx="15.6" cy="11.6" rx="1.55" ry="2.2" />
              </>
            }
          >
            <Match when={props.mood === 'writing'}>
              <ellipse cx="8.6" cy="13.2" rx="1.5" ry="1.5" />
              <ellipse cx="15.2" cy="13.2" rx="1.5" ry="1.5" />
            </Match>
            <Match when={props.mood === 'troubled'}>
              <ellipse cx="8.6" cy="12.2" rx="1.3" ry="1.9" />
              <ellipse cx="15.4" cy="12.2" rx="1.3" ry="1.9" />
              <path
                d="m6.4 8.9 3.2-1.2M17.6 8.9l-3.2-1.2M10 17.6q2-1.5 4 0"
                fill="none"
                stroke="currentColor"
                stroke-width="1.1"
                stroke-linecap="round"
              />
            </Match>
            <Match when={props.mood === 'asleep'}>
              <path
                d="M6.9 12q1.8 1.6 3.6 0M13.5 12q1.8 1.6 3.6 0"
                fill="none"
                stroke="currentColor"
                stroke-width="1.2"
                stroke-linecap="round"
              />
            </Match>
          </Switch>
        </g>
      </g>
    </svg>
  );
}
