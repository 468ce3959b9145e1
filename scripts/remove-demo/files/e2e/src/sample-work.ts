import { expect, type Page } from '@playwright/test';

/**
 * Does what this app is for, once, as a person who has just signed in. Flows about the stack itself, such as a restart, use
 * it, so that they test your app. Change both functions when your app changes.
 */
export async function doWork(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
}

/**
 * Returns what the page shows of that work after the person has signed in again. Equal texts mean that nothing was lost.
 */
export async function shownWork(page: Page): Promise<string> {
  await doWork(page);
  return page.getByRole('main').innerText();
}
