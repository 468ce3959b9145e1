/** The developer tools on the development server: a key opens them, and they show what the client does. */
import { expect, publishThread, test } from '../../src/demo/fixtures.ts';
import { expectAccessible } from '../../src/page-checks.ts';

const KEY = 'Control+Shift+Period';

test('shows queries, pending writes and the log, and closes', async ({ newPerson }) => {
  const { page } = await newPerson('vera');
  await publishThread(page, 'The cold stove', 'It smells of bread at night.');
  await expect(page.getByRole('heading', { level: 1, name: 'The cold stove' })).toBeVisible();
  await page.getByLabel('Your comment').focus();

  await page.keyboard.press(KEY);
  const panel = page.getByRole('complementary', { name: 'Devtools' });
  await expect(panel).toBeFocused();
  const section = (name: string) => panel.getByRole('region', { name });
  await expect(section('Connection and sync')).toContainText('connected');
  await expect(
    section('Queries')
      .getByRole('listitem')
      .filter({ hasText: /thread ready/ })
      .first(),
  ).toBeVisible();
  await expect(section('Log')).toContainText('subscribe');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(page.getByLabel('Your comment')).toBeFocused();

  await page.keyboard.press(KEY);
  await page.context().setOffline(true);
  await page.getByLabel('Your comment').fill('I smelled it too.');
  await page.getByLabel('Your comment').press('ControlOrMeta+Enter');
  const write = section('Writes').getByRole('listitem').filter({ hasText: 'create comment:' });
  await expect(write).toContainText(/waiting|sending/);
  await expect(write).toContainText('content');
  await expect(panel).not.toContainText('I smelled it too.');

  await page.context().setOffline(false);
  await expect(section('Writes')).toContainText('0 pending', { timeout: 90_000 });
  await page.keyboard.press(KEY);
  await expect(panel).toHaveCount(0);
});
