import { A } from '@solidjs/router';
import { For, Show } from 'solid-js';
import { pages } from '../pages.ts';
import { useSession } from '../session/session.ts';

/** The links to the pages of `pages.ts`, for people who are signed in. */
export function PageLinks() {
  const session = useSession();
  return (
    <Show when={pages.length > 0 && session.state() === 'signed-in'}>
      <nav
        aria-label="Pages"
        class="order-last flex w-full flex-wrap items-center gap-x-5 text-[0.9375rem] sm:order-none sm:mr-auto sm:w-auto"
      >
        <For each={pages}>
          {({ path, label }) => (
            <A
              href={path}
              class="inline-flex min-h-10 items-center underline-offset-4 hover:text-paper"
              activeClass="text-paper underline decoration-phosphor"
              inactiveClass="text-dust"
            >
              {label}
            </A>
          )}
        </For>
      </nav>
    </Show>
  );
}
