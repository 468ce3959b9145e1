import { expect, publishThread, test } from '../../src/demo/fixtures.ts';

const TEXT = 'My neighbour Edgar keeps three cats in the attic. Every evening they walk down to the river and wait.';

test('spookifies a thread live, and keeps what is accepted', async ({ newPerson, stack }, testInfo) => {
  const { page } = await newPerson('mary');
  await publishThread(page, 'The cats of Edgar', TEXT);
  await expect(page.getByRole('heading', { name: 'The cats of Edgar' })).toBeVisible();
  const address = page.url();

  // A second window of the same person with the list, and a third with the thread.
  const list = await page.context().newPage();
  await list.goto(stack.urls.web);
  const other = await page.context().newPage();
  await other.goto(address);
  await expect(other.getByRole('heading', { name: 'The cats of Edgar' })).toBeVisible();
  await expect(list.getByText('The cats of Edgar')).toBeVisible();

  // The page itself records every state, because polling from here would miss the short ones.
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { statesSeen: seen });
    const look = () => {
      const state = document.querySelector('[data-job-status]')?.getAttribute('data-job-status');
      if (state && seen.at(-1) !== state) seen.push(state);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  // The page loads the checks of payloads with its first job. Without them it would leave all checks to the gateway.
  const checks = page.waitForResponse((response) => response.url().includes('schema.payloads'));
  const started = Date.now();
  await page.getByRole('button', { name: 'Spookify' }).click();
  expect((await checks).ok()).toBe(true);
  await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
  const elapsed = Date.now() - started;
  testInfo.annotations.push({ type: 'press to suggestion', description: `${elapsed} ms` });
  console.log(`from pressing Spookify to the suggestion on screen: ${elapsed} ms`);

  await expect(page.locator('[data-job-status="success"]')).toBeVisible();
  expect(await page.evaluate(() => (globalThis as unknown as { statesSeen: string[] }).statesSeen)).toContain(
    'pending',
  );

  // Derived from this thread, and labelled as the work of the offline writer.
  await expect(page.getByText('Offline writer').first()).toBeVisible();
  await expect(page.getByRole('main')).toContainText('Edgar');

  // The other window shows it too, without a reload.
  await expect(other.getByRole('button', { name: 'Accept title' })).toBeVisible();

  await page.getByRole('button', { name: 'Accept title' }).click();
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('The cats of Edgar');
  const title = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
  await page.getByRole('button', { name: 'Dismiss text' }).click();
  await expect(page.getByRole('button', { name: 'Dismiss text' })).toBeHidden();

  await expect(other.getByRole('heading', { level: 1 })).toHaveText(title);
  await expect(list.getByText(title)).toBeVisible();

  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await expect(page.getByText(TEXT)).toBeVisible();
});

test('shows a new thread in the list of another window', async ({ newPerson, stack }) => {
  const { page } = await newPerson('percy');
  const list = await page.context().newPage();
  await list.goto(stack.urls.web);
  await expect(list.getByRole('button', { name: 'Publish thread' })).toBeVisible();
  await publishThread(page, 'Ozymandias at midnight', 'Nothing beside remains.');
  await expect(list.getByText('Ozymandias at midnight')).toBeVisible();
});
