import { Navigate, type RouteSectionProps, useLocation } from '@solidjs/router';
import { Match, Switch } from 'solid-js';
import { Skeleton } from '../shell/skeleton.tsx';
import { signInPath } from './next-path.ts';
import { useSession } from './session.ts';

/** Wraps pages for people who are signed in. Others are sent to the sign-in page and then back to the same page. */
export function RequireSession(props: RouteSectionProps) {
  const session = useSession();
  const location = useLocation();
  return (
    <Switch>
      <Match when={session.state() === 'signed-in'}>{props.children}</Match>
      <Match when={session.state() === 'signed-out'}>
        <Navigate href={signInPath(location.pathname + location.search)} />
      </Match>
      <Match when={session.state() === 'restoring'}>
        <Skeleton label="Loading" class="space-y-4" lines={['h-7 w-1/3', 'h-5 w-3/5', 'h-5 w-2/5']} />
      </Match>
    </Switch>
  );
}
