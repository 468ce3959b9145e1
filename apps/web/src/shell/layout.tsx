import { A, type RouteSectionProps, useLocation } from '@solidjs/router';
import { createEffect, ErrorBoundary, on } from 'solid-js';
import { Button } from '../form/button.tsx';
import { SessionMenu } from '../session/session-menu.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { explain } from './explain.ts';
import { Explained } from './explained.tsx';
import { Ghost } from './ghost.tsx';
import { Notice } from './notice.tsx';
import { PageLinks } from './page-links.tsx';

/** The frame of every page: the link home, the session menu, and the connection banner. */
export function Layout(props: RouteSectionProps) {
  const location = useLocation();
  let main!: HTMLElement;
  // Moves the focus to the start of a new page. Without this, a screen reader stays at its old position.
  createEffect(
    on(
      () => location.pathname,
      () => main.focus({ preventScroll: true }),
      { defer: true },
    ),
  );
  return (
    <div class="mx-auto flex min-h-dvh max-w-6xl flex-col px-4 sm:px-8">
      <a
        href="#main"
        class="sr-only rounded-field bg-phosphor px-4 py-2 text-night focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-20"
        target="_self"
      >
        Skip to content
      </a>
      <header class="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 py-5">
        <A href="/" class="flex items-center gap-2.5 text-xl font-semibold tracking-tight">
          <Ghost class="w-6 text-phosphor" />
          Spookify
        </A>
        <PageLinks />
        <SessionMenu />
      </header>
      <main id="main" ref={main} tabindex={-1} class="flex-1 pt-4 pb-24 sm:pt-8">
        <ErrorBoundary fallback={(error, reset) => <Broken error={error} reset={reset} />}>
          {props.children}
        </ErrorBoundary>
      </main>
      <ConnectionBanner />
    </div>
  );
}

function Broken(props: { error: unknown; reset: () => void }) {
  return (
    <Notice heading="This page failed" mood="troubled">
      <Explained explanation={explain(props.error)} />
      <Button onClick={props.reset}>Load again</Button>
    </Notice>
  );
}
