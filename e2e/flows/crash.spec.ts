import { expect, publishThread, signUp, test } from '../src/fixtures.ts';
import { type OpenAiServer, startOpenAiServer } from '../src/openai-server.ts';
import { Stack } from '../src/stack.ts';

/** The model holds its answer, so that the job is surely in flight when a process is killed. */
test.describe('kill -9 while a job is in flight', () => {
  let model: OpenAiServer;
  let stack: Stack;

  test.beforeAll(async () => {
    model = await startOpenAiServer();
    stack = await Stack.start({ env: { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: model.baseUrl } });
  });
  test.afterAll(async () => {
    await stack?.stop();
    await model?.close();
  });

  for (const name of ['runner', 'backend.api.dev', 'database']) {
    test(`of ${name}: the job ends in success, and the page shows it without a reload`, async ({ page }) => {
      model.behave({ kind: 'hold' });
      const before = model.requests.length;
      await signUp(page, stack.urls.web, 'victor');
      await publishThread(page, `Struck down: ${name}`, 'It rose again.');
      await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
      await page.getByRole('button', { name: 'Spookify' }).click();
      await expect(page.locator('[data-job-status="processing"]')).toBeVisible();
      await expect.poll(() => model.requests.length).toBeGreaterThan(before);

      await stack.crash(name);
      model.release();

      await expect(page.locator('[data-job-status="success"]')).toBeVisible({ timeout: 60_000 });
      await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
      expect(await page.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
    });
  }
});
