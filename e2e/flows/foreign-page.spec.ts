import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../src/fixtures.ts';

/** What a web page can find out: an answer that it can read, or nothing. */
type Outcome = 'reached' | 'blocked';

const ATTEMPTS = ['health', 'query', 'socket', 'json socket', 'app source'] as const;
type Attempts = Record<(typeof ATTEMPTS)[number], Outcome>;

/** Runs in the page: tries the database and the development server as any script there could. */
async function tryEverything({ database, web }: { database: string; web: string }): Promise<Attempts> {
  const http = database.replace(/^ws/, 'http').replace(/\/rpc$/, '');
  const fetched = (url: string, init?: RequestInit) =>
    fetch(url, init).then(
      (response): Outcome => (response.ok ? 'reached' : 'blocked'),
      (): Outcome => 'blocked',
    );
  const opened = (protocol: string) =>
    new Promise<Outcome>((resolve) => {
      const socket = new WebSocket(database, protocol);
      socket.onopen = () => resolve('reached');
      socket.onerror = () => resolve('blocked');
      socket.onclose = () => resolve('blocked');
    });
  return {
    health: await fetched(`${http}/health`),
    query: await fetched(`${http}/sql`, { method: 'POST', body: 'RETURN 1', headers: { accept: 'application/json' } }),
    socket: await opened('cbor'),
    'json socket': await opened('json'),
    'app source': await fetched(`${web}/src/db.ts`),
  };
}

const nothing = Object.fromEntries(ATTEMPTS.map((name) => [name, 'blocked']));

test('a page of another origin reaches neither the database nor the development server', async ({ page, stack }) => {
  const { web, database } = stack.urls;
  const foreign = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Foreign</title>');
  }).listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  const { port } = foreign.address() as AddressInfo;
  try {
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      await page.goto(origin);
      expect(await page.evaluate(tryEverything, { database, web }), origin).toEqual(nothing);
    }
  } finally {
    foreign.closeAllConnections();
    foreign.close();
  }
});

test('a page without an origin, in a sandboxed frame, reaches nothing either', async ({ page, stack }) => {
  const { web, database } = stack.urls;
  await page.goto('about:blank');
  await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<title>Sandboxed</title>"></iframe>');
  const frame = await (await page.waitForSelector('iframe')).contentFrame();
  expect(await frame?.evaluate(() => globalThis.origin)).toBe('null');
  expect(await frame?.evaluate(tryEverything, { database, web })).toEqual(nothing);
});

test('the app itself is let in', async ({ page, stack }) => {
  const { web, database } = stack.urls;
  await page.goto(web);
  const { socket, 'app source': source } = await page.evaluate(tryEverything, { database, web });
  expect({ socket, source }).toEqual({ socket: 'reached', source: 'reached' });
});
