import { expect, publishThread, signUp, test } from '../../src/demo/fixtures.ts';

/** The model holds back its answer, so that the job is running when a process is killed. */
test.describe('a running job', () => {
  for (const name of ['runner', 'gateway', 'backend.api.dev', 'database']) {
    test(`succeeds after kill -9 of ${name}, and the page shows it without a reload`, async ({
      page,
      model,
      modelStack,
    }) => {
      model.behave({ kind: 'hold' });
      const before = model.requests.length;
      await signUp(page, modelStack.urls.web, 'victor');
      await publishThread(page, `Struck down: ${name}`, 'It rose again.');
      await page.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
      await page.getByRole('button', { name: 'Spookify' }).click();
      await expect(page.locator('[data-job-status="processing"]')).toBeVisible();
      await expect.poll(() => model.requests.length).toBeGreaterThan(before);
      // The backend reports its progress through the runner.
      await expect(page.getByText('Writing a spooky version…')).toBeVisible();

      await modelStack.crash(name);
      model.release();

      await expect(page.locator('[data-job-status="success"]')).toBeVisible({ timeout: 120_000 });
      await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
      expect(await page.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
    });
  }
});
