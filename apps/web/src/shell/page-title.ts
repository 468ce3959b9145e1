import { createEffect } from 'solid-js';

/** Names the page in the tab and in the browser's history; follows its source, and waits while that is undefined. */
export function usePageTitle(title: () => string | undefined): void {
  createEffect(() => {
    const name = title();
    if (name !== undefined) document.title = `${name} · Spookify`;
  });
}
