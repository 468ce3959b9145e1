import type { Page } from '@playwright/test';
import { expect, publishThread, signUp, test } from '../../src/demo/fixtures.ts';

/** The page shows text for its visitors; the technical reason is under "Details". */
async function expectWordsForPeople(page: Page): Promise<void> {
  const technical = /answered \d{3}|http_\d{3}|127\.0\.0\.1|OPENAI_|sp00ky|SPOOKY_|surreal/i;
  expect(await page.getByRole('main').innerText()).not.toMatch(technical);
  await page.getByText(/^Details: 1 failed attempt/).click();
  await expect(page.getByRole('main')).toContainText(/The backend answered \d{3}/, { useInnerText: true });
}

test.describe('the page of a thread', () => {
  test('shows the suggestion of a real model with its name', async ({ page, model, modelStack }) => {
    await signUp(page, modelStack.urls.web, 'ada');
    await publishThread(page, 'Written by a model', 'A plain text.');
    await page.getByRole('button', { name: 'Spookify' }).click();
    await expect(page.getByText('The model whispers')).toBeVisible();
    await expect(page.getByText(model.model).first()).toBeVisible();
    expect(model.requests.at(-1)?.authorization).toBe('Bearer test-key');
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('A plain text.');
  });

  test('shows the attempt, why the last one failed, and the success once the backend works again', async ({
    page,
    model,
    modelStack,
  }) => {
    // Long pauses between the attempts, so that the page is observed there even on a slow machine.
    model.behave({ kind: 'fail', status: 500, message: 'the model is out of its mind', retryAfter: 10 });
    await signUp(page, modelStack.urls.web, 'eve');
    await publishThread(page, 'Try and try again', 'It will work in the end.');
    await page.getByRole('button', { name: 'Spookify' }).click();
    await expect(page.getByRole('status')).toContainText(/attempt 1 of 6/i);
    await expectWordsForPeople(page);
    model.behave({ kind: 'answer' });
    await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
  });

  test('shows a job that failed, and reruns it on Retry', async ({ page, model, modelStack }) => {
    // A provider that rejects the key will reject it again. No retry would help, so there is none.
    model.behave({ kind: 'fail', status: 401, message: 'Incorrect API key provided' });
    await signUp(page, modelStack.urls.web, 'igor');
    await publishThread(page, 'Beyond repair', 'It fails at once.');
    await page.getByRole('button', { name: 'Spookify' }).click();
    await expect(page.locator('[data-job-status="failed"]')).toBeVisible();
    await expect(page.getByRole('status')).toContainText(/failed after the first attempt/i);
    await expect(page.getByRole('status')).toContainText(/key/i);
    await expectWordsForPeople(page);
    model.behave({ kind: 'answer' });
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
    await expect(page.locator('[data-job-status="success"]')).toBeVisible();
  });
});
