import type { Page } from '@playwright/test';

/** What a thread's page showed in one frame. */
export interface Painted {
  /** Counts the loads of the page. */
  readonly load: number;
  readonly path: string;
  /** The title of the thread. Undefined while the page does not show it. */
  readonly title: string | undefined;
  /** Whether the panel of the ghost is there. */
  readonly hasPanel: boolean;
  /** The status of the job. Undefined if none was started. */
  readonly status: string | undefined;
  readonly comments: readonly string[];
  /** Whether the page says that there are no comments. */
  readonly saysNoComments: boolean;
  readonly hasSkeleton: boolean;
}

/**
 * Records every state that the page paints from now on, over all reloads: after a change, what the next frame shows. Returns
 * the growing list.
 */
export async function recordPaints(page: Page): Promise<readonly Painted[]> {
  const frames: Painted[] = [];
  let load = 0;
  await page.exposeFunction('paintRecordStarts', () => {
    load += 1;
  });
  await page.exposeFunction('paintRecorded', (frame: Omit<Painted, 'load'>) => frames.push({ ...frame, load }));
  await page.addInitScript(() => {
    const { paintRecordStarts, paintRecorded } = globalThis as unknown as {
      paintRecordStarts(): void;
      paintRecorded(frame: object): void;
    };
    paintRecordStarts();
    let isAsked = false;
    const text = (element: Element): string => element.textContent?.trim() ?? '';
    const record = (): void => {
      isAsked = false;
      const titles = [...document.querySelectorAll('article h1')].map(text);
      const status = document.querySelector('aside [role="status"]');
      paintRecorded({
        path: location.pathname,
        title: titles.length === 0 ? undefined : titles.join(' | '),
        hasPanel: status !== null,
        status: status?.getAttribute('data-job-status') ?? undefined,
        comments: [...document.querySelectorAll('section[aria-labelledby="comments"] li .prose')].map(text),
        saysNoComments: document.body?.textContent?.includes('No comments yet') ?? false,
        hasSkeleton: document.querySelector('.skeleton') !== null,
      });
    };
    new MutationObserver(() => {
      if (isAsked) return;
      isAsked = true;
      requestAnimationFrame(record);
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  return frames;
}
