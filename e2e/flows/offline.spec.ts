/** The service worker of the built app: the page opens without a network, and versions do not mix. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { CLOSE_REASONS } from '@spookify/gateway/wire';
import { createServer } from 'vite';
import { folderOf } from '../src/built-app/build.ts';
import { BuiltApp } from '../src/built-app/built-app.ts';
import { openInstalled, reloadUntilTakenOver } from '../src/built-app/service-worker.ts';
import { WEB } from '../src/built-app/web.ts';
import { expect, test } from '../src/fixtures.ts';

test('opens without a network', async ({ page, context, builtApp }) => {
  const errors = errorsOf(page);
  await openInstalled(page, builtApp.url);
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole('banner')).toBeVisible();
  await page.goto(new URL('/no-such-page', builtApp.url).href);
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  expect(errors).toEqual([]);
});

test('leaves the gateway and an API to the network', async ({ page, builtApp }) => {
  await openInstalled(page, builtApp.url);
  const isFromWorker = async (path: string): Promise<boolean | undefined> =>
    (await page.goto(new URL(path, builtApp.url).href))?.fromServiceWorker();
  expect(await isFromWorker('/some/page')).toBe(true);
  expect(await isFromWorker('/ghost.svg')).toBe(true);
  expect(await isFromWorker('/spooky/health')).toBe(false);
  expect(await isFromWorker('/api/anything')).toBe(false);
  expect(await isFromWorker('/spooky-page')).toBe(true);
});

test('takes over a new version without mixing it with the old one', async ({ page, context }) => {
  const app = await BuiltApp.start({}, { version: 'first' });
  try {
    const errors = errorsOf(page);
    await openInstalled(page, app.url);
    const open = await context.newPage();
    await open.goto(app.url);

    await app.deploy({ version: 'second' });
    await expectVersion(page, 'first');
    await reloadUntilTakenOver(page);
    await page.reload();
    await expectVersion(page, 'second');
    // The other page was not loaded again, and the server has no file of its version.
    await expectVersion(open, 'first');
    await expectFiles(open, 'first');

    await app.deploy({ version: 'third' });
    await reloadUntilTakenOver(page);
    await page.reload();
    await expectVersion(page, 'third');
    await expectFiles(open, 'first');

    await open.close();
    await app.deploy({ version: 'fourth' });
    await reloadUntilTakenOver(page);
    await page.reload();
    await expectVersion(page, 'fourth');
    // The current version and the one before it.
    await expect.poll(() => page.evaluate(async () => (await caches.keys()).length)).toBe(2);
    expect(errors).toEqual([]);
  } finally {
    await app.stop();
  }
});

test('loads the new version at once if the server refuses the old one', async ({ page }) => {
  const app = await BuiltApp.start({}, { version: 'first' });
  try {
    await openInstalled(page, app.url);
    // A gateway of the new version, to a page of the old one.
    await page.routeWebSocket(/\/spooky\/socket/, async (socket) => {
      const version = await page.locator('html').getAttribute('data-script');
      if (version === 'second') socket.connectToServer();
      else await socket.close({ code: CLOSE_REASONS.wrongProtocol, reason: 'this gateway speaks another protocol' });
    });
    await page.reload();
    await expect(page.getByText('This page has another version than its server')).toBeVisible();

    // The new pages are not there yet.
    const isLoaded = page.waitForEvent('load');
    await page.getByRole('button', { name: 'Load again' }).click();
    await isLoaded;
    await expectVersion(page, 'first');
    await app.deploy({ version: 'second' });
    await page.getByRole('button', { name: 'Load again' }).click();
    await expectVersion(page, 'second');
    await expect(page.getByRole('button', { name: 'Load again' })).toBeHidden();
  } finally {
    await app.stop();
  }
});

test('keeps the old version while a deployment is incomplete', async ({ page, context }) => {
  const app = await BuiltApp.start({}, { version: 'first' });
  try {
    await openInstalled(page, app.url);
    await app.deployFile({ version: 'second' }, 'sw.js');
    const failed = page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const found = new Promise<ServiceWorker>((resolve) => {
        registration.addEventListener('updatefound', () => registration.installing && resolve(registration.installing));
      });
      await registration.update();
      const worker = await found;
      while (worker.state === 'installing') {
        await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
      }
      return worker.state;
    });
    expect(await failed).toBe('redundant');
    await context.setOffline(true);
    await page.reload();
    await expectVersion(page, 'first');

    await context.setOffline(false);
    await app.deploy({ version: 'second' });
    await reloadUntilTakenOver(page);
    await page.reload();
    await expectVersion(page, 'second');
  } finally {
    await app.stop();
  }
});

test('is removed by a development server on the same port', async ({ page }) => {
  const app = await BuiltApp.start();
  const cacheDir = await mkdtemp(join(tmpdir(), 'spookify-vite-'));
  try {
    await openInstalled(page, app.url);
    await app.stopServing();
    const server = await createServer({
      root: WEB,
      configFile: join(WEB, 'vite.config.ts'),
      cacheDir,
      logLevel: 'silent',
      server: { port: Number(new URL(app.url).port) },
    });
    await server.listen();
    await page.reload();
    await expect(page.locator('script[src="/@vite/client"]')).toBeAttached();
    expect(await page.evaluate(() => caches.keys())).toEqual([]);
    await server.close();
  } finally {
    await app.stop();
    await rm(cacheDir, { recursive: true, force: true });
  }
});

function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  return errors;
}

/** Page and script are of this version. */
async function expectVersion(page: Page, version: string): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-script', version);
  await expect(page.locator('html')).toHaveAttribute('data-page', version);
  await expect(page.getByRole('banner')).toBeVisible();
}

/** The page can load every file of its version. */
async function expectFiles(page: Page, version: string): Promise<void> {
  const folder = join(await folderOf({ version }), 'assets');
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.js')) continue;
    const content = await page.evaluate(async (path) => (await fetch(path)).text(), `/assets/${name}`);
    expect(content === (await readFile(join(folder, name), 'utf8')), `${name} is the file of ${version}`).toBe(true);
  }
}
