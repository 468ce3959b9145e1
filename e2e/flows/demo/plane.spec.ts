/** The app without a network: everything that a person does is shown, survives a reload, and arrives. */
import type { Page } from '@playwright/test';
import { openInstalled } from '../../src/built-app/service-worker.ts';
import { expect, publishThread, signUp, test } from '../../src/demo/fixtures.ts';
import { Flight } from '../../src/demo/flight.ts';
import { type Painted, recordPaints } from '../../src/demo/painted.ts';
import { signIn } from '../../src/demo/sign-in.ts';
import { expectAccessible } from '../../src/page-checks.ts';
import type { Person } from '../../src/person.ts';

/** Reduced motion, because the contrast of an element that fades in cannot be measured. */
test.use({ contextOptions: { reducedMotion: 'reduce' } });

const TITLE = 'Seat 14C';
const EDITED = 'Seat 14C, by the window';
/** The heading while the thread is edited. */
const FORM = 'Edit the thread';
const TEXT = 'The man beside me has not blinked since we took off. Every night he looks at the river below.';
const COMMENT = 'Still on board.';

/** The list and the name of the person have arrived. */
async function expectLoaded({ page, username }: Person): Promise<void> {
  await expect(page.getByRole('banner').getByText(username)).toBeVisible();
  await expect(page.getByRole('listitem').or(page.getByText('No threads yet')).first()).toBeVisible();
}

test('writes, edits, comments and starts a job on a plane, and everything arrives after landing', async ({
  page,
  browser,
  builtApp,
}) => {
  const flight = await Flight.of(page.context());
  const frames = await recordPaints(page);
  await openInstalled(page, builtApp.url);
  await expectLoaded(await signUp(page, builtApp.url, 'amelia'));
  await flight.takeOff();
  await expect(page.getByText('Reconnecting')).toBeVisible();

  await publishThread(page, TITLE, TEXT);
  await expect(page.getByRole('heading', { level: 1, name: TITLE })).toBeVisible();
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await page.getByLabel('Title').fill(EDITED);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('heading', { level: 1, name: EDITED })).toBeVisible();
  await page.getByRole('button', { name: 'Spookify' }).click();
  await expect(page.locator('[data-job-status="pending"]')).toHaveText('Waiting in the outbox.');
  await page.getByLabel('Your comment').fill(COMMENT);
  await page.getByRole('button', { name: 'Add comment' }).click();
  const expectAll = async (): Promise<void> => {
    await expect(page.getByRole('heading', { level: 1, name: EDITED })).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: COMMENT })).toHaveCount(1);
    await expect(page.locator('[data-job-status="pending"]')).toBeVisible();
    await expect(page.getByText(/^Offline\. \d changes not sent yet\.$/)).toBeVisible();
  };
  await expectAll();
  await expectAccessible(page);
  await page.reload();
  await expectAll();

  await flight.land();
  await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
  await expect(page.getByText('Offline.')).toBeHidden();
  await expect(page.getByRole('listitem').filter({ hasText: COMMENT })).toHaveCount(1);

  const reader = await browser.newContext();
  const other = await reader.newPage();
  await signUp(other, builtApp.url, 'fred');
  await other.goto(page.url());
  await expect(other.getByRole('heading', { level: 1, name: EDITED })).toBeVisible();
  await expect(other.getByRole('article')).toContainText(TEXT);
  await expect(other.getByRole('listitem').filter({ hasText: COMMENT })).toHaveCount(1);
  await reader.close();

  expectNoStepBack(frames);
});

for (const { choice, kept } of [
  { choice: 'Save my version', kept: 'From the plane' },
  { choice: 'Keep the current version', kept: 'From the kitchen' },
]) {
  test(`shows both versions of a conflict in the tray of every tab: ${choice}`, async ({ page, browser, builtApp }) => {
    const flight = await Flight.of(page.context());
    await openInstalled(page, builtApp.url);
    const person = await signUp(page, builtApp.url, 'ines');
    await publishThread(page, 'Before the flight', TEXT);
    await expect(page.getByRole('heading', { level: 1, name: 'Before the flight' })).toBeVisible();
    const second = await page.context().newPage();
    await second.goto(page.url());
    const away = await browser.newContext();
    const device = await away.newPage();
    await signIn(device, page.url(), person);
    for (const screen of [second, device]) await expect(screen.getByRole('article')).toContainText(TEXT);

    await flight.takeOff();
    await rename(page, 'From the plane');
    await expect(second.getByRole('heading', { level: 1 })).toHaveText('From the plane');
    await rename(device, 'From the kitchen');
    await expect(second.getByText('Offline. 1 change not sent yet.')).toBeVisible();
    await flight.land();

    for (const tab of [page, second])
      await expect(tab.getByRole('button', { name: '1 change not saved' })).toBeVisible();
    for (const screen of [page, second, device]) {
      await expect(screen.getByRole('heading', { level: 1 })).toHaveText('From the kitchen');
    }
    await second.getByRole('button', { name: '1 change not saved' }).click();
    const tray = second.getByRole('dialog', { name: 'Not saved' });
    await expect(tray.locator('dd')).toHaveText(['From the plane', 'From the kitchen']);
    await expectAccessible(second);
    await tray.getByRole('button', { name: choice }).click();
    await expect(tray).toBeHidden();
    for (const tab of [page, second]) await expect(tab.getByText('not saved')).toHaveCount(0);
    for (const screen of [page, second, device]) {
      await expect(screen.getByRole('heading', { level: 1 })).toHaveText(kept);
    }
    await away.close();
  });
}

test('keeps an edit of a deleted thread in the tray until it is discarded', async ({ page, browser, builtApp }) => {
  const flight = await Flight.of(page.context());
  await openInstalled(page, builtApp.url);
  const person = await signUp(page, builtApp.url, 'jonah');
  await publishThread(page, 'Written in sand', TEXT);
  await expect(page.getByRole('heading', { level: 1, name: 'Written in sand' })).toBeVisible();
  const away = await browser.newContext();
  const device = await away.newPage();
  await signIn(device, page.url(), person);

  await flight.takeOff();
  await rename(page, 'Written in stone');
  await device.getByRole('button', { name: 'Delete thread' }).click();
  await device.getByRole('button', { name: 'Delete for good' }).click();
  await expect(device.getByRole('button', { name: 'Publish thread' })).toBeVisible();
  await away.close();
  await flight.land();

  await expect(page.getByRole('heading', { level: 1, name: 'Thread not found' })).toBeVisible();
  const open = page.getByRole('button', { name: '1 change not saved' });
  await open.focus();
  await page.keyboard.press('Enter');
  const tray = page.getByRole('dialog', { name: 'Not saved' });
  await expect(tray).toContainText('Change of a thread');
  await expect(tray).toContainText('Written in stone');
  await expect(tray).toContainText('no longer exists');
  await page.keyboard.press('Escape');
  await expect(open).toBeFocused();
  await page.reload();
  await open.click();
  await tray.getByRole('button', { name: 'Discard' }).click();
  await expect(tray).toBeHidden();
  await expect(page.getByText('not saved')).toHaveCount(0);
  await page.getByRole('link', { name: 'All threads' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Threads' })).toBeVisible();
  for (const title of ['Written in sand', 'Written in stone']) await expect(page.getByText(title)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Threads' })).toBeVisible();
  await expect(page.getByText('not saved')).toHaveCount(0);
});

test('asks before a sign-out with unsent changes, and sends them after the next sign-in', async ({
  page,
  builtApp,
}) => {
  const flight = await Flight.of(page.context());
  await openInstalled(page, builtApp.url);
  const person = await signUp(page, builtApp.url, 'charles');
  await expectLoaded(person);
  await flight.takeOff();
  await publishThread(page, 'Left in the drawer', TEXT);
  await expect(page.getByRole('heading', { level: 1, name: 'Left in the drawer' })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  const question = page.getByRole('alertdialog', { name: 'Sign out with 1 change not sent yet?' });
  await expect(question.getByRole('button', { name: 'Stay signed in' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1, name: 'Left in the drawer' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await question.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Password')).toBeVisible();
  await expect(page.getByText('Left in the drawer')).toHaveCount(0);

  await flight.land();
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Left in the drawer' })).toBeVisible();
  await expect(page.getByText('not sent')).toHaveCount(0);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Password')).toBeVisible();
});

async function rename(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await page.getByLabel('Title').fill(title);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
}

/** Checks every frame: what was shown once never disappears, doubles or goes back. */
function expectNoStepBack(frames: readonly Painted[]): void {
  const order = [undefined, 'pending', 'processing', 'success'];
  const problems: string[] = [];
  /** What the page has shown, over all loads. */
  const ever = { title: undefined as string | undefined, status: 0, hasComment: false };
  /** What it has shown since it was loaded. */
  let since = { load: 0, hasThread: false, hasComment: false };
  for (const [at, frame] of frames.entries()) {
    const check = (isRight: boolean, problem: string): void => {
      if (!isRight) problems.push(`${problem}: frame ${at} of ${frames.length}, ${JSON.stringify(frame)}`);
    };
    if (frame.load !== since.load) since = { load: frame.load, hasThread: false, hasComment: false };
    check(frame.comments.length <= 1, 'the comment doubles');
    if (ever.hasComment) check(!frame.saysNoComments, 'the comment is denied');
    if (frame.comments.includes(COMMENT)) ever.hasComment = since.hasComment = true;
    else check(!since.hasComment, 'the comment vanishes');

    if (frame.title === undefined) {
      check(!since.hasThread, 'the thread vanishes');
      continue;
    }
    since.hasThread = true;
    check(!frame.hasSkeleton, 'a skeleton covers what was shown');
    check(frame.hasPanel, 'the panel is missing');
    if (frame.title !== FORM) {
      check([TITLE, EDITED].includes(frame.title), 'the title is wrong');
      check(frame.title === EDITED || ever.title !== EDITED, 'the old title comes back');
      ever.title = frame.title;
    }
    const status = order.indexOf(frame.status);
    check(status >= ever.status, 'the status goes back');
    ever.status = Math.max(ever.status, status);
  }
  expect(problems).toEqual([]);
  // The recording has seen all of it, in two loads of the page with a thread.
  expect(ever).toEqual({ title: EDITED, status: order.indexOf('success'), hasComment: true });
  expect(new Set(frames.flatMap(({ load, title }) => (title === undefined ? [] : [load]))).size).toBe(2);
}
