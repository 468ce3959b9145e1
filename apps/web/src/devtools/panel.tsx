import { onCleanup, onMount } from 'solid-js';
import { Button } from '../form/button.tsx';
import { ConnectionSection } from './connection-section.tsx';
import { LogSection } from './log-section.tsx';
import { QueriesSection } from './queries-section.tsx';
import { useDevtools } from './use-devtools.ts';
import { WritesSection } from './writes-section.tsx';

/** What the client of this page does, over the lower part of the page. */
export function Panel(props: { onClose: () => void }) {
  const reading = useDevtools();
  let panel!: HTMLElement;
  onMount(() => {
    panel.focus({ preventScroll: true });
    // The end of the page can be scrolled out from behind the panel.
    const { style } = document.body;
    style.paddingBottom = `${panel.offsetHeight}px`;
    onCleanup(() => style.removeProperty('padding-bottom'));
  });
  return (
    <aside
      ref={panel}
      tabindex={-1}
      aria-labelledby="devtools-heading"
      class="fixed inset-x-0 bottom-0 z-50 flex h-[min(26rem,60dvh)] flex-col border-t border-edge bg-rule text-sm leading-normal"
      onKeyDown={(event) => {
        if (event.key === 'Escape') props.onClose();
      }}
    >
      <header class="flex items-center justify-between gap-4 bg-shelf px-3">
        <h2 id="devtools-heading" class="font-semibold">
          Devtools
        </h2>
        <p class="hidden text-dust sm:block">
          The same as <code class="font-mono">__spookify</code> in the console
        </p>
        <Button look="quiet" onClick={() => props.onClose()}>
          Close devtools
        </Button>
      </header>
      <div class="grid min-h-0 flex-1 auto-rows-[14rem] gap-px overflow-y-auto lg:auto-rows-fr lg:grid-cols-[17rem_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1.5fr)] lg:overflow-visible">
        <ConnectionSection reading={reading()} />
        <QueriesSection queries={reading().queries} />
        <WritesSection pending={reading().pending} failed={reading().failed} />
        <LogSection log={reading().log} />
      </div>
    </aside>
  );
}
