import { expect, type Page } from '@playwright/test';
import { publishThread } from './demo/threads.ts';

/**
 * Does what this app is for, once, as a person who has just signed in. Flows about the stack itself, such as a restart, use
 * it, so that they test your app. Change both functions when your app changes.
 */
export async function doWork(page: Page): Promise<void> {
  await publishThread(page, 'Back from the dead', 'It was there before.');
  await page.getByRole('button', { name: 'Spookify' }).click();
  await page.getByRole('button', { name: 'Accept text' }).click();
  await expect(page.getByRole('button', { name: 'Accept text' })).toBeHidden();
}

/**
 * Returns what the page shows of that work after the person has signed in again. Equal texts mean that nothing was lost.
 */
export async function shownWork(page: Page): Promise<string> {
  await page.goto(new URL('/', page.url()).href);
  await page
    .getByRole('link', { name: /Back from the dead/ })
    .first()
    .click();
  const article = page.getByRole('article').first();
  await article.waitFor();
  // Without its age, which changes.
  return article.evaluate((element) => {
    const copy = element.cloneNode(true) as Element;
    for (const age of copy.querySelectorAll('time')) age.remove();
    return copy.textContent;
  });
}
