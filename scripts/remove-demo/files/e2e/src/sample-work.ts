import { expect, type Page } from '@playwright/test';

/**
 * What this app is for, done once by a person who has just signed in. Flows about the stack itself, such as a restart, use it, so
 * they try your app: change both functions with it.
 */
export async function doWork(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
}

/** What the page shows of that work, for a person who has signed in again. Equal texts mean that nothing was lost. */
export async function shownWork(page: Page): Promise<string> {
  await doWork(page);
  return page.getByRole('main').innerText();
}
