import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../../src/fixtures.ts';
import { Stack } from '../../src/stack.ts';

/** The complete example of seed 000 (e2e/src/demo/complete-example): compiled with the types, and run on a separate stack. */
const CONFIG = 'e2e/src/demo/complete-example/sp00ky.yml';

let stack: Stack;
test.beforeAll(async () => {
  stack = await Stack.start({ config: CONFIG });
});
test.afterAll(async () => void (await stack?.stop()));

const region = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });

/** The texts that an element has shown, from now on. */
async function textsOf(element: Locator): Promise<() => Promise<string[]>> {
  const texts = await element.evaluateHandle((node) => {
    const seen = [node.textContent ?? ''];
    new MutationObserver(() => seen.push(node.textContent ?? '')).observe(node, {
      ...{ characterData: true, childList: true, subtree: true },
    });
    return seen;
  });
  return () => texts.jsonValue();
}

test('shows jobs and calls, live, until they succeed or fail', async ({ page }) => {
  await page.goto(stack.urls.web);

  await test.step('a job that succeeds', async () => {
    const thread = region(page, 'thread:awake');
    await expect(thread.getByRole('heading')).toHaveText('A house in thread:awake');
    await expect(thread.getByRole('status')).toHaveCount(0);
    const seen = await textsOf(thread);
    await thread.getByRole('button').click();
    await expect(thread.getByRole('status')).toHaveText('success, linear, 0 of 5 retries');
    await expect(thread.getByRole('button', { name: 'Spookify' })).toBeEnabled();
    await expect(thread.getByRole('alert')).toHaveCount(0);
    expect((await seen()).join()).toContain('Spookifying…processing, linear, 0 of 5 retries');
  });

  for (const [strategy, retries] of [
    ['linear', 2],
    ['exponential', 1],
  ] as const) {
    await test.step(`a job that fails after its ${strategy} retries`, async () => {
      const thread = region(page, `thread:asleep_${strategy}`);
      const seen = await textsOf(thread);
      await thread.getByRole('button').click();
      await expect(thread.getByRole('status')).toHaveText(`failed, ${strategy}, ${retries} of ${retries} retries`);
      await expect(thread.getByRole('alert')).toHaveText('The backend answered 503: The ghost is asleep.');
      await expect(thread.getByRole('button', { name: 'Spookify' })).toBeEnabled();
      for (let retry = 0; retry <= retries; retry += 1) {
        expect((await seen()).join()).toContain(`Spookifying…processing, ${strategy}, ${retry} of ${retries} retries`);
      }
    });
  }

  await test.step('a call of a backend function with its result', async () => {
    const call = region(page, 'call for thread:awake');
    await expect(call.locator('output')).toHaveText('idle');
    await call.getByRole('button', { name: 'Spookify' }).click();
    await expect(call.locator('output')).toHaveText('succeeded');
    await expect(call.getByText('Written by the ghost.')).toBeVisible();
  });

  await test.step('a call that fails, and its owner’s retry', async () => {
    const call = region(page, 'call for thread:asleep_exponential');
    await call.getByRole('button', { name: 'Spookify' }).click();
    await expect(call.locator('output')).toHaveText('failed');
    await expect(call.getByRole('alert')).toHaveText(/^http_503: .*The ghost is asleep\./);
    await expect(call.getByRole('listitem')).toHaveText(['Attempt 1: http_503', 'Attempt 2: http_503']);
    const seen = await textsOf(call.locator('output'));
    await call.getByRole('button', { name: 'Retry' }).click();
    await expect(call.getByRole('listitem')).toHaveCount(4);
    await expect(call.locator('output')).toHaveText('failed');
    expect(await seen()).toContain('running');
  });
});
