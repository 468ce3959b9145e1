import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { startTestDatabase } from './testing/database.ts';

it('reaches a database on this machine directly, whatever the environment says of proxies', async () => {
  const database = await startTestDatabase();
  onTestFinished(() => database.close());
  const nowhere = 'http://127.0.0.1:1';
  const child = fork(new URL('./testing/proxied-entry.ts', import.meta.url), [JSON.stringify(database.options)], {
    execArgv: ['--conditions=source'],
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      ALL_PROXY: nowhere,
      NO_PROXY: '',
      http_proxy: nowhere,
      https_proxy: nowhere,
      no_proxy: '',
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child, 'message');
  // The platform's own fetch fails, so the proxy was in effect.
  expect(said).toEqual({ link: '1', fetch: '200', plainFetch: 'failed' });
});
