import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, publishThread, signUp, test } from '../../src/demo/fixtures.ts';
import { freePort } from '../../src/free-port.ts';
import { Stack } from '../../src/stack.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The same stack in which the API is not started: sp00ky.yml without the backend's `dev`. The stack cannot move the address
 * of such a backend, so the address is a free one from the start.
 */
function configuration(port: number): string {
  return `
mode: singlenode
surrealdb:
  namespace: main
  database: spookify
  path: \${SPOOKY_DATA}
schema: ${ROOT}schema
frontend:
  dev: { type: npm, script: dev, workdir: ${ROOT}apps/web }
backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:${port}
    spec: ${ROOT}openapi.yaml
    auth: { type: token, token: '\${API_AUTH_TOKEN}' }
    method: { type: outbox, table: job, schema: ${ROOT}schema/outbox/api.surql }
`;
}

function startApi(stack: Stack): ChildProcess {
  const { hostname, port } = new URL(stack.urls.api);
  return spawn(process.execPath, [join(ROOT, 'apps/api/dist/main.js')], {
    env: {
      PATH: process.env.PATH,
      HOST: hostname,
      PORT: port,
      SPOOKY_AUTH_TOKEN: stack.secrets.API_AUTH_TOKEN,
      SPOOKY_DATABASE_URL: stack.urls.database,
      SPOOKY_NAMESPACE: 'main',
      SPOOKY_DATABASE: 'spookify',
      SPOOKY_DATABASE_USER: 'api',
      SPOOKY_DATABASE_PASSWORD: stack.secrets.SPOOKY_API_PASSWORD,
    },
    stdio: 'ignore',
  });
}

test('shows that a backend is down, fails the job in the end, and retries it once the backend is back', async ({
  page,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'spookify-e2e-down-'));
  await writeFile(join(folder, 'sp00ky.yml'), configuration(await freePort()));
  const stack = await Stack.start({ config: join(folder, 'sp00ky.yml'), data: join(folder, 'db') });
  let api: ChildProcess | undefined;
  try {
    await signUp(page, stack.urls.web, 'marley');
    await publishThread(page, 'Knocking at a closed door', 'Nobody is at home.');
    await page.getByRole('button', { name: 'Spookify' }).click();
    await expect(page.getByRole('status')).toContainText(/attempt \d of 6/i);
    await expect(page.getByRole('status')).toContainText(/refused|reach/i);
    // Six attempts, with pauses of up to half a minute in total.
    await expect(page.locator('[data-job-status="failed"]')).toBeVisible({ timeout: 120_000 });

    api = startApi(stack);
    await expect
      .poll(() =>
        fetch(new URL('/health', stack.urls.api)).then(
          (answer) => answer.ok,
          () => false,
        ),
      )
      .toBe(true);
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByRole('button', { name: 'Accept title' })).toBeVisible();
  } finally {
    if (api) {
      const exited = once(api, 'exit');
      api.kill();
      await exited;
    }
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
