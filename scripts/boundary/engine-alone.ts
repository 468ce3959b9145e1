/**
 * Runs the engine's tests in a copy of the project without the owner's files: the demo's apps, flows and documents are left
 * out; schema, spec and config are replaced. Takes a few minutes more than `npm run test:engine`.
 *
 *     npm run test:engine-alone
 *     npm run test:engine-alone -- packages/cli     only these files
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OTHER_PROJECT } from './other-project.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const LEFT_OUT = /^(?:apps|e2e|docs|tests|deploy|schema)\/|^(?:openapi\.yaml|sp00ky\.\S*yml)$/;
const CACHES = /node_modules\/\.(?:cache|vite\S*)$/;

/** Copies the current files, including those that are not committed. Links in node_modules then lead into the copy. */
async function copyEngine(target: string): Promise<void> {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const files = list
    .toString()
    .split('\0')
    // A file that was just removed is still listed.
    .filter((file) => file !== '' && !LEFT_OUT.test(file) && existsSync(path.join(ROOT, file)));
  for (const file of files) await cp(path.join(ROOT, file), path.join(target, file));
  await cp(path.join(ROOT, 'node_modules'), path.join(target, 'node_modules'), {
    ...{ recursive: true, verbatimSymlinks: true },
    filter: (source) => !CACHES.test(source),
  });
}

async function writeOtherProject(target: string): Promise<void> {
  for (const [file, text] of Object.entries(OTHER_PROJECT)) {
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await writeFile(path.join(target, file), text);
  }
}

/** @throws if it ends with another code than 0 */
async function run(cwd: string, program: string, ...args: string[]): Promise<void> {
  process.stderr.write(`$ ${[program, ...args].join(' ')}\n`);
  const bin = path.join(cwd, 'node_modules/.bin');
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}`);
}

// Ctrl+C reaches the child as well. This process ends after it, without leaving the copy behind.
process.on('SIGINT', () => {});
const copy = await mkdtemp(path.join(tmpdir(), 'spooky-engine-alone-'));
try {
  await copyEngine(copy);
  await writeOtherProject(copy);
  await run(copy, 'node', 'scripts/turbo.js', 'run', 'build', '--filter=./packages/*');
  await run(copy, 'spooky', 'outbox', 'add', 'oven');
  await run(copy, 'spooky', 'check');
  await run(copy, 'vitest', 'run', '--project', 'engine', ...process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  await rm(copy, { recursive: true, force: true, maxRetries: 10 });
}
