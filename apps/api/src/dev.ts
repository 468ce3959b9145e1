/**
 * `npm run dev`: serves what is built, and builds and serves anew after an edit.
 *
 *   starting ──listening──▶ serving ──rebuilt──▶ (SIGTERM) ──gone──▶ starting
 *      │ ends                  │ ends by itself
 *      ▼                       ▼
 *   exit 1, or after an     exit 1: whoever supervises this starts it again at once
 *   edit wait for another   (`node --watch` would wait for an edit instead)
 *
 * The server starts from what is built, without waiting for the compiler; that only comes up at the first edit, as it
 * costs 200 MB and two seconds of a processor.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync, mkdirSync, watch } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isProgram, isStale } from './is-stale.ts';

const root = path.resolve(import.meta.dirname, '..');
const source = path.join(root, 'src');
const built = path.join(root, 'dist');
const main = path.join(built, 'main.js');
const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');

/** Editors and compilers write in bursts. */
const SETTLE_MS = 150;

let server: { child: ChildProcess; phase: 'starting' | 'serving' | 'replaced'; edited: boolean } | undefined;
let tsc: ChildProcess | undefined;
/** Set once everything is to end: the code to end with. */
let ending: number | undefined;

function serve(edited: boolean): void {
  const child = fork(main, { cwd: root, execArgv: ['--enable-source-maps'] });
  const current: NonNullable<typeof server> = { child, phase: 'starting', edited };
  server = current;
  child.once('message', () => {
    if (current.phase === 'starting') current.phase = 'serving';
  });
  child.once('exit', (code) => {
    server = undefined;
    if (ending !== undefined) end(ending);
    else if (current.phase === 'replaced') serve(true);
    else if (current.phase === 'starting' && edited)
      console.error('The edited backend does not start; waiting for the next edit.');
    else end(code || 1);
  });
}

function rebuilt(): void {
  if (ending !== undefined || !existsSync(main)) return;
  if (server === undefined) {
    serve(true);
  } else if (server.phase !== 'replaced') {
    server.phase = 'replaced';
    server.child.kill('SIGTERM');
  }
}

function compile(): void {
  if (tsc !== undefined) return;
  mkdirSync(built, { recursive: true });
  watchFolder(built, (file) => file.endsWith('.js'), rebuilt);
  const args = ['-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'];
  tsc = spawn(process.execPath, [compiler, ...args], { cwd: root, stdio: 'inherit' });
  tsc.once('exit', () => {
    if (ending === undefined) stop(1);
  });
}

/** Calls back once for a burst of changes. */
function watchFolder(folder: string, matters: (file: string) => boolean, changed: () => void): void {
  let timer: NodeJS.Timeout | undefined;
  watch(folder, { recursive: true }, (_event, file) => {
    if (file === null || !matters(file)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  });
}

function stop(code: number): void {
  ending = code;
  if (server === undefined) end(code);
  else server.child.kill('SIGTERM');
}

function end(code: number): void {
  tsc?.kill('SIGTERM');
  process.exit(code);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(0));

// npm runs scripts in a shell, which ends at a signal without passing it on: an orphan ends as well.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent && ending === undefined) stop(0);
}, 250);

if (existsSync(main)) serve(false);
watchFolder(source, isProgram, compile);
if (isStale(root)) compile();
