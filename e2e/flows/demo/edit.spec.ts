import type { Browser, Locator, Page } from '@playwright/test';
import { expect, publishThread, test } from '../../src/demo/fixtures.ts';
import { signIn } from '../../src/demo/sign-in.ts';
import type { Person } from '../../src/person.ts';

function textField(tab: Page): Locator {
  return tab.getByRole('textbox', { name: 'Text' });
}

/** Opens the thread of `page` in another tab, opens its form and types a text. */
async function typeInAnotherTab(page: Page, text: string): Promise<Page> {
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole('button', { name: 'Edit thread' }).click();
  await textField(other).fill(text);
  return other;
}

async function acceptSuggestedText(page: Page): Promise<string> {
  const suggested = await page.getByRole('region', { name: 'Suggested text' }).locator('.prose').innerText();
  await page.getByRole('button', { name: 'Accept text' }).click();
  await expect(page.getByRole('article')).toContainText(suggested);
  return suggested;
}

test('shows both texts and lets the person choose when the thread is newer than the form', async ({ newPerson }) => {
  const { page } = await newPerson('nell');
  await publishThread(page, 'The empty chair', 'It rocks when the wind is still.');
  await page.getByRole('button', { name: 'Spookify' }).click();
  await expect(page.getByRole('button', { name: 'Accept text' })).toBeVisible();

  const other = await typeInAnotherTab(page, 'My own words.');
  const suggested = await acceptSuggestedText(page);
  const now = other.getByRole('region', { name: 'The current version' });
  await expect(now).toContainText(suggested);
  await expect(textField(other)).toHaveValue('My own words.');

  // Pressed out of habit, before reading: nothing is overwritten, and the typed text stays.
  await textField(other).press('ControlOrMeta+Enter');
  await expect(other.getByRole('alert')).toContainText(/was changed/i);
  await expect(textField(other)).toHaveValue('My own words.');
  await expect(page.getByRole('article')).toContainText(suggested);

  await now.getByRole('button', { name: 'Save my version' }).click();
  for (const tab of [page, other]) await expect(tab.getByRole('article')).toContainText('My own words.');
});

test('keeps a change of another field that was saved meanwhile', async ({ newPerson, browser }) => {
  const person = await newPerson('arthur');
  const { page } = person;
  await publishThread(page, 'The staircase', 'It has thirteen steps.');
  await expect(page.getByRole('button', { name: 'Edit thread' })).toBeVisible();
  const { other, line } = await slowDevice(browser, person);
  await other.getByRole('button', { name: 'Edit thread' }).click();
  await textField(other).fill('It has twelve steps.');
  line.begin();
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await page.getByLabel('Title').fill('The spiral staircase');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The spiral staircase');
  await other.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('article')).toContainText('It has twelve steps.');
  line.end();
  for (const tab of [page, other]) {
    await expect(tab.getByRole('heading', { level: 1 })).toHaveText('The spiral staircase');
    await expect(tab.getByRole('article')).toContainText('It has twelve steps.');
  }
  await other.context().close();
});

test('can keep the newer thread instead', async ({ newPerson }) => {
  const { page } = await newPerson('eleanor');
  await publishThread(page, 'The nursery', 'It is cold at its door.');
  await expect(page.getByRole('button', { name: 'Edit thread' })).toBeVisible();
  const other = await typeInAnotherTab(page, 'My own words.');
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await textField(page).fill('It is warm now.');
  await page.getByRole('button', { name: 'Save changes' }).click();

  await other.getByRole('button', { name: 'Keep the current version' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'The nursery' })).toBeFocused();
  for (const tab of [page, other]) await expect(tab.getByRole('article')).toContainText('It is warm now.');
});

/** Opens the thread on another device with a slow connection: from `begin` to `end`, it receives answers and no changes. */
async function slowDevice(
  browser: Browser,
  person: Person,
): Promise<{ other: Page; line: { begin(): void; end(): void } }> {
  const other = await (await browser.newContext()).newPage();
  const line = await slowLine(other);
  await signIn(other, person.page.url(), person);
  return { other, line };
}

async function slowLine(tab: Page): Promise<{ begin(): void; end(): void }> {
  let isSlow = false;
  const late: (() => void)[] = [];
  await tab.routeWebSocket(/\/spooky\/socket/, (socket) => {
    socket.connectToServer().onMessage((frame) => {
      const isAnswer = /^\{"type":"(written|refused|synced|pong)"/.test(String(frame));
      if (isSlow && !isAnswer) late.push(() => socket.send(frame));
      else socket.send(frame);
    });
  });
  return {
    begin: () => {
      isSlow = true;
    },
    end: () => {
      isSlow = false;
      for (const arrive of late.splice(0)) arrive();
    },
  };
}

test('refuses a save of a device that has not received the change yet', async ({ newPerson, browser }) => {
  const person = await newPerson('theo');
  const { page } = person;
  await publishThread(page, 'The marble lady', 'She has moved.');
  await expect(page.getByRole('button', { name: 'Edit thread' })).toBeVisible();
  const { other, line } = await slowDevice(browser, person);
  await other.getByRole('button', { name: 'Edit thread' }).click();
  await textField(other).fill('My own words.');
  line.begin();
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await textField(page).fill('She has moved again.');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('article')).toContainText('She has moved again.');

  await other.getByRole('button', { name: 'Save changes' }).click();
  await other.getByRole('button', { name: '1 change not saved' }).click();
  const tray = other.getByRole('dialog', { name: 'Not saved' });
  await expect(tray.locator('dd')).toHaveText(['My own words.', 'She has moved again.']);
  await expect(page.getByRole('article')).toContainText('She has moved again.');
  line.end();
  await tray.getByRole('button', { name: 'Save my version' }).click();
  for (const tab of [page, other]) await expect(tab.getByRole('article')).toContainText('My own words.');
  await other.context().close();
});

test('does not accept a suggestion over an edit that its device has not shown', async ({ newPerson, browser }) => {
  const person = await newPerson('hugh');
  const { page } = person;
  await publishThread(page, 'The hall', 'Its doors close by themselves.');
  await page.getByRole('button', { name: 'Spookify' }).click();
  await expect(page.getByRole('button', { name: 'Accept text' })).toBeVisible();
  const { other, line } = await slowDevice(browser, person);
  await expect(other.getByRole('button', { name: 'Accept text' })).toBeVisible();
  line.begin();
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await textField(page).fill('Its doors stay open.');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('article')).toContainText('Its doors stay open.');

  await other.getByRole('button', { name: 'Accept text' }).click();
  await expect(other.getByRole('alert')).toContainText(/has changed/i);
  line.end();
  for (const tab of [page, other]) await expect(tab.getByRole('article')).toContainText('Its doors stay open.');
  await other.context().close();
});

test('accepts both parts in quick succession, and deletes the suggestion', async ({ newPerson }) => {
  const { page } = await newPerson('luke');
  await publishThread(page, 'The library', 'The books lean in.');
  await page.getByRole('button', { name: 'Spookify' }).click();
  await expect(page.getByRole('button', { name: 'Accept text' })).toBeVisible();
  // The second press happens before the page shows the effect of the first.
  await page.evaluate(() => {
    for (const button of document.querySelectorAll('button')) if (/^Accept/.test(button.innerText)) button.click();
  });
  await expect(page.getByRole('button', { name: /^Accept/ })).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByText('Offline writer')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('The library');
  await expect(page.getByRole('article')).not.toContainText(/^The books lean in\.$/);
});

test('keeps the typed text when the thread is deleted in another tab', async ({ newPerson }) => {
  const { page } = await newPerson('crane');
  await publishThread(page, 'The turret', 'Its stairs are loose.');
  await expect(page.getByRole('button', { name: 'Edit thread' })).toBeVisible();
  const other = await typeInAnotherTab(page, 'My own words.');
  await page.getByRole('button', { name: 'Delete thread' }).click();
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await expect(other.getByRole('status')).toContainText(/was deleted/);
  await expect(textField(other)).toHaveValue('My own words.');
  await other.getByRole('button', { name: 'Close' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Thread not found' })).toBeVisible();
});

test('does not carry the typed text of one thread to the next', async ({ newPerson }) => {
  const { page } = await newPerson('olive');
  await publishThread(page, 'The first room', 'It is empty.');
  await page.getByRole('link', { name: 'All threads' }).click();
  await publishThread(page, 'The second room', 'It is not.');
  await page.getByRole('button', { name: 'Edit thread' }).click();
  await textField(page).fill('Only for the second room.');
  await page.getByLabel('Your comment').fill('Only for the second room.');
  // From one thread to another over the list between them: the address changes and the page is not reloaded.
  await page.evaluate(() => history.go(-2));
  await expect(page.getByRole('heading', { level: 1, name: 'The first room' })).toBeVisible();
  await expect(textField(page)).toHaveCount(0);
  await expect(page.getByLabel('Your comment')).toHaveValue('');
});
