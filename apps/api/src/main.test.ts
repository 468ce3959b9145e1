import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WRONG_ENVIRONMENT } from './exit-code.ts';
import { deliver, SPEC, TOKEN } from './testing/api.ts';
import { ensureBuilt, PACKAGE } from './testing/built.ts';
import { startTestDatabase, type TestDatabase } from './testing/database.ts';
import { completes, type OpenAiServer, startOpenAiServer } from './testing/openai-server.ts';
import { PATIENCE } from './testing/patience.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const KEY = 'sk-the-key-of-the-installation';

interface Program {
  child: ChildProcess;
  output(): string;
  exited: Promise<number | string>;
}

let database: TestDatabase;
let model: OpenAiServer;
const programs: Program[] = [];

beforeAll(async () => {
  [database, model] = await Promise.all([startTestDatabase(), startOpenAiServer(), ensureBuilt()]);
});
afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.splice(0).map(({ exited }) => exited));
});
afterAll(() => Promise.all([database.close(), model.close()]));

/** Makes the program's waits of so many milliseconds or more ten times as long: how quickly it gets done is not asked. */
const patientFrom = (ms: number): string =>
  `data:text/javascript,${encodeURIComponent(`
    globalThis.setTimeout = new Proxy(setTimeout, {
      apply: (set, self, [task, ms, ...rest]) => set(task, ms >= ${ms} ? ms * 10 : ms, ...rest),
    });`)}`;

function run(environment: Record<string, string>, preload = patientFrom(3_000)): Program {
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

async function runAgainstModel(preload?: string): Promise<Program & { url: string }> {
  const { settings } = database;
  const environment = {
    PORT: '0',
    SPOOKY_AUTH_TOKEN: TOKEN,
    SPOOKY_DATABASE_URL: settings.url,
    SPOOKY_NAMESPACE: settings.namespace,
    SPOOKY_DATABASE: settings.database,
    SPOOKY_DATABASE_USER: settings.username,
    SPOOKY_DATABASE_PASSWORD: settings.password.reveal(),
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: model.baseUrl,
  };
  const program = run(environment, preload);
  await vi.waitFor(() => {
    expect(program.output()).toContain('ready for jobs');
    expect(program.output()).toContain('connected to the database');
  }, PATIENCE);
  const url = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(program.output())?.[1];
  if (url === undefined) throw new Error(`no address in:\n${program.output()}`);
  return { ...program, url };
}

async function newJob(key: string) {
  const author = await database.createUser('ada');
  return { key, thread: await database.createThread(author), author };
}

describe('the program', () => {
  it('does not start on a wrong environment, says all that is wrong, and shows no secret', async () => {
    const { exited, output } = run({ SPOOKY_AUTH_TOKEN: 'change-me-change-me', OPENAI_API_KEY: KEY, PORT: 'x' });
    expect(await exited).toBe(WRONG_ENVIRONMENT);
    for (const name of ['SPOOKY_AUTH_TOKEN', 'SPOOKY_DATABASE_URL', 'SPOOKY_DATABASE_PASSWORD', 'PORT'])
      expect(output()).toContain(name);
    expect(output()).not.toMatch(/change-me-change-me|sk-the-key| at /);
  });

  it('finishes what it has begun after SIGTERM, takes nothing new, and leaves nothing behind', async () => {
    const program = await runAgainstModel();
    const answered = Promise.withResolvers<void>();
    model.answer = async (request, response) => {
      await answered.promise;
      completes({ title: 'T', content: 'C' })(request, response);
    };
    const job = await newJob('job:drained');
    const waiting = deliver(program.url, job);
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    program.child.kill('SIGTERM');
    await vi.waitFor(() => expect(program.output()).toContain('stopping'), PATIENCE);
    const late = await deliver(program.url, await newJob('job:late')).then(
      ({ body }) => body.code,
      () => 'refused',
    );
    expect(['SPOOKY_API_STOPPING', 'refused']).toContain(late);
    answered.resolve();
    expect(await waiting).toMatchObject({ status: 200 });
    expect(await program.exited).toBe(0);
    expect(await database.readSuggestion(job.thread)).toMatchObject({ title: 'T' });
    expect(program.output()).not.toMatch(new RegExp(`${KEY}|${TOKEN}|${database.settings.password.reveal()}`));
  });

  it('does not wait for ever, and hangs up on the model', async () => {
    // Its 3.5 s for what is under way run out, its last resort a second later must not.
    const program = await runAgainstModel(patientFrom(4_000));
    model.answer = () => undefined;
    const waiting = deliver(program.url, await newJob('job:stuck'));
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    program.child.kill('SIGINT');
    expect(await waiting).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_STOPPING' } });
    expect(await program.exited).toBe(0);
    await vi.waitFor(() => expect(model.open()).toBe(0), PATIENCE);
  });

  it('ends at once at a second signal', async () => {
    const program = await runAgainstModel();
    model.answer = () => undefined;
    const waiting = deliver(program.url, await newJob('job:cut')).catch((error: Error) => error.name);
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    program.child.kill('SIGTERM');
    await vi.waitFor(() => expect(program.output()).toContain('stopping'), PATIENCE);
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(1);
    expect(await waiting).toBe('TypeError');
    // Its writer does not outlive it either.
    await vi.waitFor(() => expect(model.open()).toBe(0), PATIENCE);
  });
});
