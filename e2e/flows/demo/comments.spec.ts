import type { Page } from '@playwright/test';
import { expect, publishThread, test } from '../../src/demo/fixtures.ts';

async function comment(page: Page, text: string): Promise<void> {
  await page.getByLabel('Your comment').fill(text);
  await page.getByRole('button', { name: 'Add comment' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: text })).toBeVisible();
}

test('deletes a comment only after a question, with the keyboard alone', async ({ newPerson }) => {
  const { page } = await newPerson('marlow');
  await publishThread(page, 'Up the river', 'The fog came down.');
  await comment(page, 'I was there.');
  await comment(page, 'It was longer ago than that.');
  const first = page.getByRole('listitem').filter({ hasText: 'I was there.' });
  const remove = first.getByRole('button', { name: 'Delete comment' });
  const question = page.getByRole('alertdialog', { name: 'Delete this comment?' });

  await remove.focus();
  await page.keyboard.press('Enter');
  await expect(question).toContainText('I was there.');
  // The safe answer has the focus.
  await expect(question.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(remove).toBeFocused();
  await page.reload();
  await expect(first).toBeVisible();

  await remove.focus();
  await page.keyboard.press('Enter');
  await expect(question.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(first).toBeHidden();
  await expect(question).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Comments' })).toBeFocused();
  await expect(page.getByText('Comment deleted.')).toBeAttached();
  await expect(page.getByRole('listitem').filter({ hasText: 'It was longer ago' })).toBeVisible();
});
