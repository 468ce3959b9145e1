import { expect, signUp, test } from '../src/fixtures.ts';
import { expectAccessible, expectNoSidewaysScroll } from '../src/page-checks.ts';

/** Reduced motion, because the contrast of an element that fades in cannot be measured. */
test.use({ contextOptions: { reducedMotion: 'reduce' } });

for (const width of [1280, 360]) {
  test(`shows first pages that are accessible and fit at ${width} px`, async ({ page, stack }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(stack.urls.web);
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await signUp(page, stack.urls.web, 'edith');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);

    await page.goto(new URL('/no-such-page', stack.urls.web).href);
    await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  });
}
