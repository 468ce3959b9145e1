/**
 * Runs `npm test` in a clone of the last commit from which the demo was removed: checks, build, all tests, and the
 * remaining flows. Takes two minutes more than `npm test`.
 *
 *     npm run test:without-demo
 *     npm run test:without-demo -- test:engine        another npm script than test
 *     npm run test:without-demo -- --another-app      with the tables of another app in the schema
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Clone, cloneHead } from './clone.ts';

const OTHER = path.join(import.meta.dirname, 'another-app');
const ROWS = 'tests/permissions/app-rows.ts';
const AUTHOR = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost'];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'another-app': { type: 'boolean', default: false } },
});

/** Makes the edits of a person whose app has other tables: schema, types, the rows of the permissions test and its page. */
function becomeAnotherApp({ folder, node }: Clone): void {
  appendFileSync(path.join(folder, 'schema/schema.surql'), readFileSync(path.join(OTHER, 'recipes.surql')));
  copyFileSync(path.join(OTHER, ROWS), path.join(folder, ROWS));
  node('--conditions=source', 'packages/cli/src/main.ts', 'generate');
  node('node_modules/vitest/vitest.mjs', 'run', 'tests/permissions', '-u', '-t', 'gives every role');
}

// Ctrl+C reaches the child as well. This process ends after it, without leaving the clone behind.
process.on('SIGINT', () => {});
const clone = await cloneHead();
try {
  process.stderr.write(clone.node('scripts/remove-demo/remove-demo.ts'));
  if (values['another-app']) becomeAnotherApp(clone);
  // Some tests clone the last commit.
  for (const args of [
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'Remove the demo'],
  ]) {
    execFileSync('git', [...AUTHOR, ...args], { cwd: clone.folder });
  }
  const script = positionals[0] ?? 'test';
  const npm = spawn('npm', ['run', script], { cwd: clone.folder, env: clone.environment, stdio: 'inherit' });
  const [code] = await once(npm, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await clone.close();
}
