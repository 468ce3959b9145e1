import { createEffect } from 'solid-js';

/** Sets the title of the page in the tab and the history, and follows its source. Waits while the title is undefined. */
export function usePageTitle(title: () => string | undefined): void {
  createEffect(() => {
    const name = title();
    if (name !== undefined) document.title = `${name} · Spookify`;
  });
}
