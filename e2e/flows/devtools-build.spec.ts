/** A built app has no developer tools, unless the build asks for them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf } from '../src/built-app/build.ts';
import { expect, test } from '../src/fixtures.ts';

/** The global of the tools, and words of the panel. */
const TRACES = ['__spookify', 'Close devtools', 'The queue is empty', 'Connection and sync'];

test('contains the developer tools only if they are asked for', async () => {
  expect(await tracesIn(await folderOf())).toEqual([]);
  expect(await tracesIn(await folderOf({ devtools: true }))).toEqual(TRACES);
});

async function tracesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
  expect(texts.some((text) => text.includes('Spookify'))).toBe(true);
  return TRACES.filter((trace) => texts.some((text) => text.includes(trace)));
}
