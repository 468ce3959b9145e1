import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createRelay } from 'node:net';
import { expect, test } from '../src/fixtures.ts';
import type { Urls } from '../src/stack.ts';

/** What a web page can learn: a readable answer, or nothing. */
type Outcome = 'reached' | 'blocked';

const ATTEMPTS = [
  ...(['health', 'query', 'socket', 'json socket'] as const),
  ...(['gateway socket', 'gateway sign-in', 'proxied socket', 'app source'] as const),
];
type Attempts = Record<(typeof ATTEMPTS)[number], Outcome>;
type Targets = Pick<Urls, 'database' | 'gateway' | 'web'>;

/** Runs in the page: tries to reach the database, the gateway and the development server as any script there could. */
async function tryEverything({ database, gateway, web }: Targets): Promise<Attempts> {
  const http = database.replace(/^ws/, 'http').replace(/\/rpc$/, '');
  const fetched = (url: string, init?: RequestInit) =>
    fetch(url, init).then(
      (response): Outcome => (response.ok ? 'reached' : 'blocked'),
      (): Outcome => 'blocked',
    );
  const opened = (url: string, protocols: string[] = []) =>
    new Promise<Outcome>((resolve) => {
      const socket = new WebSocket(url, protocols);
      socket.onopen = () => resolve('reached');
      socket.onerror = () => resolve('blocked');
      socket.onclose = () => resolve('blocked');
    });
  // The gateway opens every socket and then closes it with a reason. 4401 asks for a session, and only the gateway's own
  // pages get this reason.
  const asked = (url: string) =>
    new Promise<Outcome>((resolve) => {
      const socket = new WebSocket(url);
      socket.onmessage = () => resolve('reached');
      socket.onerror = () => resolve('blocked');
      socket.onclose = ({ code }) => resolve(code === 4401 ? 'reached' : 'blocked');
    });
  return {
    health: await fetched(`${http}/health`),
    query: await fetched(`${http}/sql`, { method: 'POST', body: 'RETURN 1', headers: { accept: 'application/json' } }),
    socket: await opened(database, ['cbor']),
    'json socket': await opened(database, ['json']),
    'gateway socket': await asked(`${gateway.replace(/^http/, 'ws')}/spooky/socket?protocol=2`),
    'gateway sign-in': await fetched(`${gateway}/spooky/sign-in`, {
      method: 'POST',
      body: JSON.stringify({ access: 'account', variables: { username: 'x', password: 'y' } }),
    }),
    'proxied socket': await asked(`${web.replace(/^http/, 'ws')}/spooky/socket?protocol=2`),
    'app source': await fetched(`${web}/src/db.ts`),
  };
}

const nothing = Object.fromEntries(ATTEMPTS.map((name) => [name, 'blocked']));

test('keeps a page of another origin from the database, the gateway and the development server', async ({
  page,
  stack,
}) => {
  const foreign = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Foreign</title>');
  }).listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  const { port } = foreign.address() as AddressInfo;
  try {
    for (const origin of [`http://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      await page.goto(origin);
      expect(await page.evaluate(tryEverything, stack.urls), origin).toEqual(nothing);
    }
  } finally {
    foreign.closeAllConnections();
    foreign.close();
  }
});

test('keeps a sandboxed frame without an origin from all of them', async ({ page, stack }) => {
  await page.goto('about:blank');
  await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<title>Sandboxed</title>"></iframe>');
  const frame = await (await page.waitForSelector('iframe')).contentFrame();
  expect(await frame?.evaluate(() => globalThis.origin)).toBe('null');
  expect(await frame?.evaluate(tryEverything, stack.urls)).toEqual(nothing);
});

test('lets the app reach its own origin, and not the database', async ({ page, stack }) => {
  await page.goto(stack.urls.web);
  const outcome = await page.evaluate(tryEverything, stack.urls);
  expect(outcome).toEqual({ ...nothing, 'proxied socket': 'reached', 'app source': 'reached' });
});

test('shows in the app that its address is not allowed, and does not retry', async ({ page, stack }) => {
  const web = new URL(stack.urls.web);
  const relay = createRelay((visitor) => {
    const server = connect(Number(web.port), web.hostname);
    for (const socket of [visitor, server]) socket.on('error', () => undefined);
    visitor.pipe(server).pipe(visitor);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const { port } = relay.address() as AddressInfo;
  let dialled = 0;
  page.on('websocket', (socket) => {
    if (socket.url().includes('/spooky/socket')) dialled += 1;
  });
  try {
    await page.goto(`http://localhost:${port}`);
    await expect(page.getByRole('alert')).toContainText(/does not accept this address/);
    await page.getByText('Details', { exact: true }).click();
    await expect(page.getByText(/does not serve pages of this origin.+--allow-origin/)).toBeVisible();
    expect(dialled).toBe(1);
    await page.getByRole('button', { name: 'Load again' }).click();
    await expect.poll(() => dialled).toBe(2);
  } finally {
    await page.goto('about:blank');
    relay.close();
  }
});
