import { Route, Router } from '@solidjs/router';
import { For, lazy } from 'solid-js';
import { pages } from './pages.ts';
import { NotFound } from './routes/not-found.tsx';
import { SignIn } from './routes/sign-in.tsx';
import { Threads } from './routes/threads.tsx';
import { RequireSession } from './session/require-session.tsx';
import { Layout } from './shell/layout.tsx';

/** Loaded with the first thread, or when the pointer is on a link to one. */
const ThreadPage = lazy(async () => ({ default: (await import('./routes/thread.tsx')).ThreadPage }));

/** The pages with a link in the header. */
const listed = pages.map(({ path, load }) => ({ path, page: lazy(load) }));

export function App() {
  return (
    <Router root={Layout} explicitLinks={false}>
      <Route path="/sign-in" component={() => <SignIn mode="sign-in" />} />
      <Route path="/sign-up" component={() => <SignIn mode="sign-up" />} />
      <Route component={RequireSession}>
        <Route path="/" component={Threads} />
        <Route path="/threads/:key" component={ThreadPage} />
        <For each={listed}>{({ path, page }) => <Route path={path} component={page} />}</For>
      </Route>
      <Route path="*" component={NotFound} />
    </Router>
  );
}
