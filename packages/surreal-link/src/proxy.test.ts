import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { LinkOptions } from './options.ts';
import { startConnectProxy } from './testing/connect-proxy.ts';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase({ hosts: ['database.example'] });
});
afterAll(() => database.close());

/** What a process reaches whose environment names this proxy. */
async function reachThrough(proxy: string, options: LinkOptions): Promise<unknown> {
  const child = fork(new URL('./testing/proxied-entry.ts', import.meta.url), [JSON.stringify(options)], {
    execArgv: ['--conditions=source'],
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: '' },
      ...{ http_proxy: proxy, https_proxy: proxy, all_proxy: proxy, no_proxy: '' },
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child, 'message');
  return said;
}

it('connects directly to a database on this machine, whatever proxy the environment names', async () => {
  // The platform's own fetch fails, so the proxy was in effect.
  const said = { link: '1', fetch: '200', plainFetch: 'failed' };
  expect(await reachThrough('http://127.0.0.1:1', database.options)).toEqual(said);
});

it('connects to another machine through the proxy that the environment names', async () => {
  const proxy = await startConnectProxy(database.url);
  const elsewhere = { ...database.options, url: 'ws://database.example:8000/rpc' };
  expect(await reachThrough(proxy.url, elsewhere)).toMatchObject({ link: '1' });
  expect(proxy.asked).toContain('database.example:8000');
});
