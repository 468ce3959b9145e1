/** docs/adding-a-route.md, followed in a copy of the project: the route is checked, tested and called. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { SpookyProcess } from '../packages/cli/src/testing/spooky-process.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SPOOKY = path.join(ROOT, 'packages/cli/bin/spooky.js');
const COPIED = [
  'apps',
  'schema',
  'openapi.yaml',
  'sp00ky.yml',
  'tsconfig.base.json',
  'tsconfig.build.json',
  'biome.json',
  '.gitignore',
];

let copy: string;
const at = (name: string): string => path.join(copy, name);
const run = async (program: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [program, ...args], { cwd: copy })).stdout;
const tool = (name: string): string => path.join(ROOT, 'node_modules', name);

beforeAll(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'spooky-route-'));
  const isWanted = (source: string): boolean => !/[/\\](node_modules|dist|\.data|test-results)([/\\]|$)/.test(source);
  for (const name of COPIED) await cp(path.join(ROOT, name), at(name), { recursive: true, filter: isWanted });
  await symlink(path.join(ROOT, 'node_modules'), at('node_modules'));
  return () => rm(copy, { recursive: true, force: true });
});

it('adds a route that can be called at once', { timeout: 240_000 }, async () => {
  const page = await readFile(path.join(ROOT, 'docs/adding-a-route.md'), 'utf8');
  const [, command = ''] = /^npx spooky (add route \S+)/m.exec(page) ?? [];
  expect(await run(SPOOKY, ...command.split(' '))).toContain(`db.run('api', '/summarize', …) is typed now`);

  expect(await run(SPOOKY, 'generate', '--check')).toBeDefined();
  for (const app of ['apps/api', 'apps/web']) await run(tool('typescript/bin/tsc'), '--noEmit', '-p', app);
  await run(tool('@biomejs/biome/bin/biome'), 'check', 'apps');
  const written = ['apps/api/src/routes/summarize.test.ts', '--config', path.join(ROOT, 'vitest.config.ts')];
  await run(tool('vitest/vitest.mjs'), 'run', '--root', copy, ...written);

  const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], copy);
  onTestFinished(async () => {
    spooky.child.kill('SIGINT');
    await spooky.exited;
  });
  const ready = await spooky.waitFor(({ event }) => event === 'ready');
  const { gateway } = ready.urls as { gateway: string };
  const { schema } = await import(at('apps/web/src/schema.gen.ts'));
  // By path: its types need those of a browser, which this program has none of.
  const { createClient } = await import(path.join(ROOT, 'packages/client/src/index.ts'));
  const db = createClient({ schema, url: gateway });
  onTestFinished(() => db.close());
  await db.auth.signUp('account', { username: 'ada', password: 'long-enough-for-a-test' });
  const id = await db.run('api', '/summarize', { text: 'hello' });
  const result = await new Promise((resolve) => {
    const query = db.query('job').where({ id }).one().build();
    const stop = db.watch(query, ({ data }: { data: { status: string } | undefined }) => {
      if (data?.status !== 'success' && data?.status !== 'failed') return;
      resolve(data);
      queueMicrotask(() => stop());
    });
  });
  expect(result).toMatchObject({ status: 'success', result: { answer: 'hello' } });
});

it('changes nothing when a part of it is there', async () => {
  const before = await readFile(at('openapi.yaml'), 'utf8');
  await expect(run(SPOOKY, 'add', 'route', '/spookify')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('/spookify is in openapi.yaml already'),
  });
  await expect(run(SPOOKY, 'add', 'route', 'Sum Up')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be a route here'),
  });
  await cp(at('apps/api/src/routes/health.ts'), at('apps/api/src/routes/mine.ts'));
  await expect(run(SPOOKY, 'add', 'route', '/mine')).rejects.toMatchObject({
    stderr: expect.stringContaining('mine.ts is there already'),
  });
  expect(await readFile(at('openapi.yaml'), 'utf8')).toBe(before);
});
