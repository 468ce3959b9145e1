/** The page of docs/plain-html.md, copied from there and opened in two windows. */
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { WEB } from '../../src/built-app/web.ts';
import { expect, test } from '../../src/demo/fixtures.ts';
import { Flight } from '../../src/demo/flight.ts';

const DOCUMENT = fileURLToPath(new URL('../../../docs/plain-html.md', import.meta.url));
/** A unique name, because a person may have saved the page as plain.html. */
const NAME = `plain-${randomUUID()}.html`;

test.beforeAll(async () => {
  const [, code = ''] = /^```html\n([\s\S]*?)^```/m.exec(await readFile(DOCUMENT, 'utf8')) ?? [];
  await writeFile(join(WEB, NAME), code);
});
test.afterAll(() => rm(join(WEB, NAME), { force: true }));

test('signs in, lists threads live, writes one and runs a job, without a framework', async ({ browser, stack }) => {
  const origins = new Set<string>();
  const open = async (username: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.on('request', (request) => origins.add(new URL(request.url()).origin));
    await page.goto(new URL(NAME, stack.urls.web).href);
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Password').fill('a long enough secret');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).not.toBeEmpty();
    await page.getByRole('button', { name: 'Sign up' }).click();
    await expect(page.getByRole('alert')).toBeEmpty();
    return page;
  };
  const unique = randomUUID().slice(0, 8);
  const writer = await open(`writer-${unique}`);
  const reader = await open(`reader-${unique}`);

  await writer.getByLabel('Title').fill(`<b>Plain</b> ${unique}`);
  await writer.getByLabel('Text').fill('The stairs creak at night.');
  await writer.getByRole('button', { name: 'Publish thread' }).click();
  const rowOf = (page: Page) => page.getByRole('listitem').filter({ hasText: `<b>Plain</b> ${unique}` });
  await expect(rowOf(writer)).toContainText('(not started)');
  await expect(rowOf(reader)).toBeVisible();

  await rowOf(writer).getByRole('button', { name: 'Spookify' }).click();
  await expect(rowOf(writer)).toContainText('(success)');
  expect([...origins]).toEqual([new URL(stack.urls.web).origin]);
  for (const page of [writer, reader]) await page.context().close();
});

test('keeps what was refused, and retries a blocked job only with its thread', async ({ browser, stack }) => {
  const context = await browser.newContext();
  const flight = await Flight.of(context);
  const page = await context.newPage();
  await page.goto(new URL(NAME, stack.urls.web).href);
  await page.getByLabel('Username').fill(`plain-${randomUUID().slice(0, 8)}`);
  await page.getByLabel('Password').fill('a long enough secret');
  const signedUp = page.waitForResponse(/\/spooky\/sign-up/);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await signedUp;
  const publish = async (title: string) => {
    await page.getByLabel('Title').fill(title);
    await page.getByLabel('Text').fill('The stairs creak at night.');
    await page.getByRole('button', { name: 'Publish thread' }).click();
  };
  const newest = page.locator('#threads').getByRole('listitem').first();
  await publish('The first one');
  await expect(newest).toContainText('The first one');
  await expect(page.getByRole('status')).toBeEmpty();

  await flight.takeOff();
  // The database refuses a title without letters, and with it the job of this thread.
  await publish(' ');
  await expect(newest).not.toContainText('The first one');
  await newest.getByRole('button', { name: 'Spookify' }).click();
  await expect(page.getByRole('status')).toHaveText('2 not sent yet');
  await flight.land();

  const refused = page.locator('#tray').getByRole('listitem');
  await expect(refused).toHaveCount(2);
  const buttonsOf = (kind: string) => refused.filter({ hasText: `Not saved (${kind} ` }).getByRole('button');
  await expect(buttonsOf('create')).toHaveText(['Retry', 'Discard']);
  await expect(buttonsOf('run')).toHaveText(['Discard']);
  await buttonsOf('create').filter({ hasText: 'Discard' }).click();
  await expect(refused).toHaveCount(0);
  await context.close();
});
