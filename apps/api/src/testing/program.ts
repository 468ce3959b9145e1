import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect, vi } from 'vitest';
import { SPEC, TOKEN } from './api.ts';
import { PACKAGE } from './built.ts';
import type { TestDatabase } from './database.ts';
import { PATIENCE } from './patience.ts';

/** The built program as a running process. */
export interface Program {
  readonly child: ChildProcess;
  output(): string;
  readonly exited: Promise<number | string>;
}

const programs: Program[] = [];

/**
 * A module that makes timers of at least this many milliseconds in the program ten times as long. For tests in which the
 * speed does not matter.
 */
export const slowTimersFrom = (ms: number): string =>
  `data:text/javascript,${encodeURIComponent(`
    globalThis.setTimeout = new Proxy(setTimeout, {
      apply: (set, self, [task, ms, ...rest]) => set(task, ms >= ${ms} ? ms * 10 : ms, ...rest),
    });`)}`;

export function runProgram(environment: Record<string, string>, preload = slowTimersFrom(3_000)): Program {
  const args = ['--import', preload, '--enable-source-maps', path.join(PACKAGE, 'dist/main.js')];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, SPOOKY_API_SPEC: SPEC, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (output += data));
  const exited = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? '')),
  );
  const program = { child, output: () => output, exited };
  programs.push(program);
  return program;
}

/** Runs the program with this database and returns once it is ready for jobs. */
export async function runOn(
  { settings }: TestDatabase,
  environment: Record<string, string> = {},
  preload?: string,
): Promise<Program & { url: string }> {
  const database = {
    SPOOKY_DATABASE_URL: settings.url,
    SPOOKY_NAMESPACE: settings.namespace,
    SPOOKY_DATABASE: settings.database,
    SPOOKY_DATABASE_USER: settings.username,
    SPOOKY_DATABASE_PASSWORD: settings.password.reveal(),
  };
  const program = runProgram({ PORT: '0', SPOOKY_AUTH_TOKEN: TOKEN, ...database, ...environment }, preload);
  await vi.waitFor(() => {
    expect(program.output()).toContain('ready for jobs');
    expect(program.output()).toContain('connected to the database');
  }, PATIENCE);
  const url = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(program.output())?.[1];
  if (url === undefined) throw new Error(`no address in:\n${program.output()}`);
  return { ...program, url };
}

/** Kills the programs that a test left running. */
export async function killPrograms(): Promise<void> {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.splice(0).map(({ exited }) => exited));
}
