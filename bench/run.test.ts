import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const run = (...names: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'run.js'), ...names], { encoding: 'utf8' });

it('lists what there is', () => {
  const { status, stdout } = run();
  expect(stdout.trim().split('\n')).toContain('surreal');
  expect(status).toBe(0);
});

it('says so when there is none of that name, and keeps stdout clean', () => {
  const { status, stdout, stderr } = run('nothing');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^There is no benchmark nothing\. Choose one of: .*surreal/);
});
