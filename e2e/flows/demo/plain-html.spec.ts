/** The page of docs/plain-html.md, copied from there and opened in two windows. */
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { WEB } from '../../src/built-app/web.ts';
import { expect, test } from '../../src/demo/fixtures.ts';

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
