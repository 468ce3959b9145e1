import { Route, Router } from '@solidjs/router';
import { NotFound } from './routes/not-found.tsx';
import { SignIn } from './routes/sign-in.tsx';
import { ThreadPage } from './routes/thread.tsx';
import { Threads } from './routes/threads.tsx';
import { RequireSession } from './session/require-session.tsx';
import { Layout } from './shell/layout.tsx';

export function App() {
  return (
    <Router root={Layout} explicitLinks={false}>
      <Route path="/sign-in" component={() => <SignIn mode="sign-in" />} />
      <Route path="/sign-up" component={() => <SignIn mode="sign-up" />} />
      <Route component={RequireSession}>
        <Route path="/" component={Threads} />
        <Route path="/threads/:key" component={ThreadPage} />
      </Route>
      <Route path="*" component={NotFound} />
    </Router>
  );
}
