/** docs/adding-a-route.md, followed in a copy of the project: the route is checked, tested and called. */
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { copyProject, type ProjectCopy } from './testing/project-copy.ts';

const PAGE = path.join(import.meta.dirname, 'adding-a-route.md');

let copy: ProjectCopy;

beforeAll(async () => {
  copy = await copyProject();
  return () => copy.remove();
});

/** The project may have got another backend. */
const addRoute = (...args: string[]): Promise<string> =>
  copy.run('spooky', 'add', 'route', ...args, '--backend', 'api');

it('adds a route that can be called at once', { timeout: 400_000 }, async () => {
  const [, route = ''] = /^npx spooky add route (\S+)/m.exec(await readFile(PAGE, 'utf8')) ?? [];
  expect(await addRoute(route)).toContain(`db.run('api', '/summarize', …) is typed now`);

  await copy.run('spooky', 'generate', '--check');
  for (const app of ['apps/api', 'apps/web']) await copy.run('tsc', '--noEmit', '-p', app);
  await copy.run('biome', 'check', 'apps');
  await copy.test('apps/api/src/routes/summarize.test.ts');

  const stack = await copy.dev();
  onTestFinished(() => stack.stop());
  expect(await stack.runJob('api', '/summarize', { text: 'hello' })).toMatchObject({
    status: 'success',
    result: { answer: 'hello' },
  });
});

it('changes nothing when a part of it is there', async () => {
  await addRoute('/here');
  const before = await readFile(copy.at('openapi.yaml'), 'utf8');
  await expect(addRoute('/here')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('/here is in openapi.yaml already'),
  });
  await expect(addRoute('Sum Up')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('cannot be a route here'),
  });
  await cp(copy.at('apps/api/src/routes/health.ts'), copy.at('apps/api/src/routes/mine.ts'));
  await expect(addRoute('/mine')).rejects.toMatchObject({
    stderr: expect.stringContaining('mine.ts is there already'),
  });
  expect(await readFile(copy.at('openapi.yaml'), 'utf8')).toBe(before);
});
