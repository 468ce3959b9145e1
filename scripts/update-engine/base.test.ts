import { afterEach, beforeEach, expect, it } from 'vitest';
import { findBase } from './base.ts';
import { withSource } from './source.ts';
import { type Project, Projects } from './testing/projects.ts';

const FILES = ['a', 'b', 'c', 'd', 'e'].map((name) => `packages/one/${name}.ts`);
const [A = '', B = ''] = FILES;

let projects: Projects;
let upstream: Project;

beforeEach(async () => {
  projects = await Projects.create();
  upstream = projects.empty('upstream');
});
afterEach(() => projects.remove());

/** Commits a text for each named file. */
function commit(files: Record<string, string>): string {
  for (const [file, text] of Object.entries(files)) upstream.write(file, text);
  return upstream.commit('Change');
}

const everyFile = (text: string) => Object.fromEntries(FILES.map((file) => [file, text]));

/** Returns the commit that a clone with these files comes from. */
function baseOf(files: Record<string, string>, names: string[] = ['upstream']): Promise<string | undefined> {
  const own = new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)]));
  return withSource(upstream.root, async (source) => findBase(own, source, [source.commitOf('HEAD')], names));
}

it('is the commit whose files the clone has', async () => {
  const first = commit(everyFile('1'));
  const second = commit({ [A]: '2' });
  commit({ [A]: '3' });
  expect(await baseOf(everyFile('1'))).toBe(first);
  expect(await baseOf({ ...everyFile('1'), [A]: '2' })).toBe(second);
});

it('is found even if the owner has changed, added and deleted files', async () => {
  const first = commit(everyFile('1'));
  commit({ [A]: '2' });
  const { [A]: _, ...others } = everyFile('1');
  expect(await baseOf({ ...everyFile('1'), [B]: 'mine', 'packages/mine/a.ts': '2' })).toBe(first);
  expect(await baseOf(others)).toBe(first);
});

it('is the oldest one if others differ only in a file that the owner has changed', async () => {
  const first = commit(everyFile('1'));
  commit({ [A]: '2' });
  commit({ [A]: '3' });
  expect(await baseOf({ ...everyFile('1'), [A]: 'mine' })).toBe(first);
});

it('is found after a rename and another format', async () => {
  commit(everyFile('0'));
  const second = commit(everyFile("import { a } from '@upstream/one';\nimport { b } from '@zod/two';\n"));
  commit(everyFile('3'));
  const renamed = everyFile("import { b } from '@zod/two';\nimport { a, } from '@zzz-app/one';\n");
  expect(await baseOf(renamed, ['zzz-app', 'upstream'])).toBe(second);
});

it('is unknown if most files differ', async () => {
  commit(everyFile('1'));
  expect(await baseOf({ ...everyFile('mine'), [A]: '1' })).toBe(undefined);
});
