/**
 * `npm run dev`: serves the existing build, and rebuilds and restarts after an edit.
 *
 *   (stale) ──▶ compiling ──built──▶ starting ──listening──▶ serving ──rebuilt──▶ (SIGTERM) ──gone──▶ starting
 *                                      │ ends                  │ ends by itself
 *                                      ▼                       ▼
 *                        compiles once more, and then       exit 1: the supervisor restarts it at once
 *                        waits for the next edit            (`node --watch` would wait for an edit instead)
 *
 * A start can fail because an edit is incomplete, for example when the spec names a route that has no handler yet. So this
 * program keeps trying. The exception is a wrong environment, which no edit changes: then it ends at once.
 *
 * The server starts from the existing build without waiting for the compiler, unless a source is newer. The compiler starts
 * at the first edit only, because it needs 200 MB and two seconds of processor time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { watch } from 'node:fs';
import path from 'node:path';
import { WRONG_ENVIRONMENT } from './exit-code.ts';
import { isProgram, isStale } from './is-stale.ts';
import { startCompiler, type WatchCompiler } from './watch-compiler.ts';

const root = path.resolve(import.meta.dirname, '..');
const main = path.join(root, 'dist/main.js');

let server: { readonly child: ChildProcess; phase: 'starting' | 'serving' | 'replaced' } | undefined;
/** Whether this build was tried. A build is tried again only after it has changed. */
let tried = false;
let compiler: WatchCompiler | undefined;
/** The exit code, once everything is to end. */
let ending: number | undefined;

function serve(): void {
  tried = true;
  const child = fork(main, { cwd: root, execArgv: ['--enable-source-maps'] });
  const current: NonNullable<typeof server> = { child, phase: 'starting' };
  server = current;
  child.once('message', () => {
    if (current.phase === 'starting') current.phase = 'serving';
  });
  child.once('exit', (code) => {
    server = undefined;
    if (ending !== undefined) void end(ending);
    else if (current.phase === 'replaced') serve();
    // Without a code it was killed from outside, which no edit mends either.
    else if (current.phase === 'serving' || code === null || code === WRONG_ENVIRONMENT) void end(code || 1);
    else if (compiler?.isBusy === false) waitForEdit();
    // The build may be older than it seems; what becomes of it, `built` says.
    else compile();
  });
}

function built(changed: boolean): void {
  if (ending !== undefined) return;
  if (server === undefined) {
    if (changed || !tried) serve();
    else waitForEdit();
  } else if (changed && server.phase !== 'replaced') {
    server.phase = 'replaced';
    server.child.kill('SIGTERM');
  }
}

function waitForEdit(): void {
  console.error('The backend did not start; waiting for the next edit.');
}

function compile(): void {
  if (compiler !== undefined || ending !== undefined) return;
  // From here on the compiler watches the files itself.
  edits.close();
  compiler = startCompiler(root, built, () => {
    if (ending === undefined) stop(1);
  });
}

function stop(code: number): void {
  ending = code;
  if (server === undefined) void end(code);
  else server.child.kill('SIGTERM');
}

async function end(code: number): Promise<void> {
  ending = code;
  await compiler?.stop();
  // Exits when all output is written. Writes to a pipe are asynchronous.
  process.stdout.write('', () => process.exit(code));
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(0));

// npm runs scripts in a shell that does not pass on signals, so this also ends when it loses its parent.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent && ending === undefined) stop(0);
}, 250);

const edits = watch(path.join(root, 'src'), { recursive: true }, (_event, file) => {
  if (file === null || isProgram(file)) compile();
});
// A watched folder that is replaced, for example by a branch switch, counts as an edit.
edits.on('error', compile);
if (isStale(root)) compile();
else serve();
