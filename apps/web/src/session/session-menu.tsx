import { A, useLocation } from '@solidjs/router';
import { createEffect, Match, Show, Switch } from 'solid-js';
import { signInPath } from './next-path.ts';
import { useSession, useUsername } from './session.ts';
import { SignOut } from './sign-out.tsx';
import { rememberVisit } from './visitor.ts';

/** Shows the username and the sign-out button, or a sign-in link. */
export function SessionMenu() {
  const session = useSession();
  const username = useUsername();
  const location = useLocation();
  createEffect(() => {
    if (session.state() === 'signed-in') rememberVisit();
  });
  const outside = () => /^\/sign-(in|up)$/.test(location.pathname);
  return (
    <div class="flex min-h-10 items-center gap-4 text-[0.9375rem]">
      <Switch>
        <Match when={session.state() === 'signed-in'}>
          <Show when={username()}>{(name) => <span class="max-w-40 truncate sm:max-w-64">{name()}</span>}</Show>
          <SignOut />
        </Match>
        <Match when={session.state() === 'signed-out' && !outside()}>
          <A href={signInPath(location.pathname)} class="text-dust underline underline-offset-4 hover:text-paper">
            Sign in
          </A>
        </Match>
      </Switch>
    </div>
  );
}
