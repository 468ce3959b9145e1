import type { Page } from '@playwright/test';

/** Opens the page and waits until its service worker has all files and answers its requests. */
export async function openInstalled(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.evaluate(async () => {
    const { serviceWorker } = navigator;
    if (serviceWorker.controller !== null) return;
    await new Promise((resolve) => serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

/** Loads the page again and waits until the service worker of a new version has taken it over. */
export async function reloadUntilTakenOver(page: Page): Promise<void> {
  // Before any script of the page, so that the event cannot be missed.
  await page.addInitScript(() => {
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      document.documentElement.dataset.takenOver = '';
    });
  });
  await page.reload();
  await page.locator('html[data-taken-over]').waitFor({ state: 'attached' });
}
