import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writerOf } from './summary.ts';

async function projectWith(example?: string) {
  const root = await mkdtemp(path.join(tmpdir(), 'spooky-summary-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  if (example !== undefined) await writeFile(path.join(root, '.env.example'), example);
  return (env: Record<string, string>) => writerOf(root, env);
}

it('names the model, or how to get one, in a project that uses one', async () => {
  const writer = await projectWith('# OPENAI_API_KEY=\n');
  expect(writer({})).toMatch(/^offline \(set OPENAI_API_KEY in \.env/);
  expect(writer({ OPENAI_API_KEY: 'sk-1', OPENAI_MODEL: 'ghost' })).toBe('ghost');
});

it.each([
  ['no example file', undefined],
  ['other settings', '# SPOOKY_DATA=\n'],
])('advises nothing in a project without a model: %s', async (_what, example) => {
  const writer = await projectWith(example);
  expect(writer({})).toBeUndefined();
  expect(writer({ OPENAI_API_KEY: 'sk-1' })).toBeUndefined();
});
