import type { Page } from '@playwright/test';
import { expect, test } from '../src/fixtures.ts';

/**
 * Opens the panel as the page of another route would: the app's own module in the real page, with other texts and
 * callbacks, and with a row that changes as a runner changes it.
 */
async function openPanel(page: Page, web: string): Promise<(facts: object) => Promise<void>> {
  await page.goto(web);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.evaluate(async () => {
    // The Solid that the app has loaded: a second copy would not follow the signals of this one.
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
    const module = (end: string) => import(loaded.find((name) => new URL(name).pathname.endsWith(end)) ?? end);
    const [{ createSignal }, { render }] = await Promise.all([module('/solid-js.js'), module('/solid-js_web.js')]);
    const { JobPanel } = await module('/src/job/job-panel.tsx');
    const [job, setJob] = createSignal();
    const calls: string[] = [];
    const holder = document.createElement('main');
    document.body.replaceChildren(holder);
    render(
      () =>
        JobPanel({
          get job() {
            return job();
          },
          words: {
            start: 'Translate',
            idle: 'Not translated yet.',
            running: 'Translating.',
            done: 'Translated.',
            failures: { http_422: 'This language is not known.' },
          },
          onStart: async () => calls.push('start'),
          onRequest: async (request: string) => calls.push(request),
        }),
      holder,
    );
    Object.assign(globalThis, { setJob, calls });
  });
  return (facts) =>
    page.evaluate((row) => {
      const at = { toDate: () => new Date(Date.now() + 60_000) };
      const common = { id: 'mail_job:1', retries: 0, max_retries: 2, run_at: at, updated_at: at, errors: [] };
      (globalThis as unknown as { setJob(job: object): void }).setJob({ ...common, ...row });
    }, facts);
}

const calls = (page: Page) => page.evaluate(() => (globalThis as unknown as { calls: string[] }).calls);
const failure = (attempt: number, code: string) => ({ attempt, code, reason: 'The backend answered 500: raw text' });

test('shows the jobs of another route with its own texts', async ({ page, stack }) => {
  const become = await openPanel(page, stack.urls.web);
  const status = page.getByRole('status');
  await expect(status).toHaveText('Not translated yet.');
  await page.getByRole('button', { name: 'Translate' }).click();
  await expect(status).toHaveText(/in the outbox/i);
  expect(await calls(page)).toEqual(['start']);

  await become({ status: 'processing', progress: { value: 0.4, note: 'Second page' } });
  await expect(status).toHaveText('Translating.');
  await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '40');
  await page.getByRole('button', { name: 'Cancel job' }).click();
  expect(await calls(page)).toEqual(['start', 'cancel']);
  await become({ status: 'processing', request: 'cancel' });
  await expect(status).toHaveText('Running. Cancelling…');
  await become({ status: 'failed', errors: [failure(1, 'cancelled')] });
  await expect(status).toHaveText('Cancelled. Press Translate to start again.');
  await expect(page.getByText(/^Details/)).toHaveCount(0);

  await become({ status: 'pending', retries: 1, errors: [failure(1, 'http_500')] });
  await expect(status).toHaveText('Attempt 1 of 3 failed. The service that does this had a problem.');
  await expect(page.getByRole('timer')).toHaveText(/^Next attempt in \d+ s$/);
  await expect(page.getByText('raw text')).toBeHidden();
  await page.getByText('Details: 1 failed attempt').click();
  await expect(page.getByText('raw text')).toBeVisible();
  await page.getByRole('button', { name: 'Try now' }).click();

  await become({ status: 'failed', retries: 2, errors: [failure(3, 'http_422')] });
  await expect(status).toHaveText('Failed after 3 attempts. This language is not known.');
  await become({ status: 'failed', retries: 2, errors: [failure(3, 'backend_unreachable')] });
  await expect(status).toContainText('is unreachable at the moment. Press Retry to start again.');
  await page.getByRole('button', { name: 'Retry' }).click();
  expect(await calls(page)).toEqual(['start', 'cancel', 'retry', 'retry']);

  await become({ status: 'success' });
  await expect(status).toHaveText('Translated.');
  await expect(page.getByRole('button', { name: 'Translate' })).toBeEnabled();
});
