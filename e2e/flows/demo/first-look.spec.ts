import { expect, publishThread, signUp, test } from '../../src/demo/fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll } from '../../src/page-checks.ts';

/** Reduced motion, because the contrast of an element that fades in cannot be measured. */
test.use({ contextOptions: { reducedMotion: 'reduce' } });

for (const width of [1280, 360]) {
  test(`shows a thread that is accessible and fits at ${width} px`, async ({ page, stack }) => {
    await page.setViewportSize({ width, height: 800 });
    await signUp(page, stack.urls.web, 'edith');
    await publishThread(page, `A word that will not break: ${'boo'.repeat(30)}`, `${'scream'.repeat(40)} and a rest.`);
    await page.getByRole('button', { name: 'Spookify' }).click();
    await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    const older = await page.context().newPage();
    await older.setViewportSize({ width, height: 800 });
    await older.goto(page.url());
    await older.getByRole('button', { name: 'Edit thread' }).click();
    await page.getByRole('button', { name: 'Accept text' }).click();
    await expect(older.getByRole('region', { name: 'The current version' })).toBeVisible();
    await expectAccessible(older);
    await expectNoSidewaysScroll(older);

    await page.getByLabel('Your comment').fill(`${'eek'.repeat(60)} and a rest.`);
    await page.getByRole('button', { name: 'Add comment' }).click();
    await page.getByRole('button', { name: 'Delete comment' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  });
}

test('can be used with the keyboard alone', async ({ page, stack }) => {
  await signUp(page, stack.urls.web, 'helen');
  await page.getByLabel('Title').focus();
  await page.keyboard.type('No mouse in the house');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Only keys, at night.');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'No mouse in the house' })).toBeVisible();
  await page.getByRole('button', { name: 'Spookify' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Accept title' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('No mouse in the house');
});
