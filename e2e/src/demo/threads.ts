import type { Page } from '@playwright/test';

/** Writes a thread and opens its page. */
export async function publishThread(page: Page, title: string, text: string): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Text').fill(text);
  await page.getByRole('button', { name: 'Publish thread' }).click();
}
