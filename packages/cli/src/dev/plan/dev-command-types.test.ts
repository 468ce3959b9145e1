/**
 * Every type of `dev` command as a real process: its arguments, folder and variables. docker, uv and pnpm are stand-ins, which come
 * first on the PATH. sh and npm are real. Needs the built package.
 */
import { chmod, readFile } from 'node:fs/promises';
import path from 'node:path';
import { acceptsConnections } from '@spookify/supervisor';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isAlive } from '../../is-alive.ts';
import { type MiniProject, miniProject } from '../../testing/mini-project.ts';
import { SECRETS } from '../../testing/secrets.ts';
import { SpookyProcess } from '../../testing/spooky-process.ts';
import { addressOf } from './placement.ts';

/** Appends its arguments, folder and variables to the file that its first argument names, then serves like a backend. */
const RECORDER = `
  import { appendFileSync } from 'node:fs';
  import { createServer } from 'node:http';
  const [file, ...args] = process.argv.slice(2);
  appendFileSync(file, JSON.stringify({ args, cwd: process.cwd(), env: process.env }) + '\\n');
  const [, published] = / 127\\.0\\.0\\.1:(\\d+):/.exec(args.join(' ')) ?? [];
  if (args[0] !== 'build' && args[0] !== 'rm') {
    createServer((request, response) => response.end()).listen(published ?? process.env.PORT, '127.0.0.1');
  }
`;

/** The variables that a container gets, in order: those of the dev command, then those of the stack. */
const GIVEN = [
  ...['MODE', 'FORCE_COLOR', 'HOST', 'PORT', 'SPOOKY_DATABASE_URL', 'SPOOKY_NAMESPACE', 'SPOOKY_DATABASE'],
  ...['SPOOKY_DATABASE_USER', 'SPOOKY_DATABASE_PASSWORD', 'SPOOKY_AUTH_TOKEN', 'SPOOKY_BACKEND'],
];

interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

vi.setConfig({ testTimeout: 120_000 });

const started: SpookyProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((spooky) => spooky.stop('SIGKILL')));
});

/** Starts the stack with this dev command for the backend, stops it, and returns the recorded calls and the backend's port. */
async function run(dev: string, prepare?: (mini: MiniProject) => Promise<void>) {
  const mini = await miniProject({ path: 'memory', backendDev: dev });
  onTestFinished(mini.remove);
  const calls = path.join(mini.root, 'calls');
  const record = `"${process.execPath}" "${mini.root}/recorder.mjs" "${calls}"`;
  await mini.write('recorder.mjs', RECORDER);
  await mini.write('record', `#!/bin/sh\nexec ${record} "$@"\n`);
  await chmod(path.join(mini.root, 'record'), 0o755);
  for (const folder of ['.', 'apps/api']) {
    await mini.write(`${folder}/package.json`, JSON.stringify({ scripts: { dev: `exec ${record} by-npm` } }));
  }
  for (const program of ['docker', 'uv', 'pnpm']) {
    await mini.write(`bin/${program}`, `#!/bin/sh\nexec ${record} "$@"\n`);
    await chmod(path.join(mini.root, 'bin', program), 0o755);
  }
  await prepare?.(mini);

  const PATH = `${path.join(mini.root, 'bin')}:${path.dirname(process.execPath)}:${process.env.PATH}`;
  const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], mini.root, {
    ...SECRETS,
    PATH,
    SHARED: 'user',
  });
  started.push(spooky);
  const { urls } = await spooky.ready();
  expect(await spooky.stop()).toBe(0);
  await vi.waitFor(() => expect(spooky.processIds.filter(isAlive)).toEqual([]), { timeout: 30_000 });
  const { port } = addressOf(String(Object(urls).api));
  expect(await acceptsConnections({ port }), 'its port is free').toBe(false);
  const recorded = (await readFile(calls, 'utf8')).trimEnd().split('\n');
  return {
    root: mini.root,
    port,
    database: String(Object(urls).database),
    calls: recorded.map((line): Call => JSON.parse(line)),
    text: spooky.text,
  };
}

describe('a dev command', () => {
  it('runs a string with sh in the project’s folder', async () => {
    const { root, port, calls } = await run(`'exec ./record "two words" $PORT "$SHARED"'`);
    expect(calls).toMatchObject([{ args: ['two words', String(port), 'user'], cwd: root }]);
  });

  it.each([
    ['{ type: npm, script: dev }', '.'],
    ['{ type: npm, script: dev, workdir: ./apps/api }', 'apps/api'],
  ])('runs %s with npm in %s', async (dev, workdir) => {
    const { root, calls } = await run(dev);
    expect(calls).toMatchObject([
      { args: ['by-npm'], cwd: path.join(root, workdir), env: { npm_lifecycle_event: 'dev' } },
    ]);
  });

  it.each(['pnpm-lock.yaml', 'apps/api/pnpm-lock.yaml'])('runs an npm command with pnpm if %s exists', async (lock) => {
    const { root, calls } = await run('{ type: npm, script: dev, workdir: apps/api }', (mini) => mini.write(lock, ''));
    expect(calls).toMatchObject([{ args: ['run', '--silent', 'dev'], cwd: path.join(root, 'apps/api') }]);
  });

  it.each([
    ['{ type: uv, script: main.py }', '.'],
    ['{ type: uv, script: main.py, workdir: ./apps/api }', 'apps/api'],
  ])('runs %s with uv in %s', async (dev, workdir) => {
    const { root, calls } = await run(dev);
    expect(calls).toMatchObject([{ args: ['run', 'main.py'], cwd: path.join(root, workdir) }]);
  });

  it('builds a docker command, removes an old container, runs it, and removes it, with values only in the environment', async () => {
    const form =
      '{ type: docker, file: Dockerfile, port: 8080, env: { MODE: dev }, workdir: apps/api, env-file: api.env }';
    const { root, port, database, calls } = await run(form, async (mini) => {
      await mini.write('Dockerfile', 'FROM scratch\n');
      await mini.write('api.env', 'FROM_FILE=1\n');
    });
    const workdir = path.join(root, 'apps/api');
    const id = calls[0]?.args[4] ?? '';
    expect(id).toMatch(/^spooky-.*-[0-9a-f]{8}-api$/);
    expect(calls.map(({ args, cwd }) => ({ args, cwd }))).toEqual([
      { args: ['build', '-f', path.join(root, 'Dockerfile'), '-t', id, workdir], cwd: workdir },
      { args: ['rm', '-f', id], cwd: workdir },
      {
        args: [
          ...['run', '--rm', '--name', id, '--add-host', 'host.docker.internal:host-gateway'],
          ...['-p', `127.0.0.1:${port}:8080`, '--env-file', path.join(root, 'api.env')],
          ...GIVEN.flatMap((name) => ['-e', name]),
          id,
        ],
        cwd: workdir,
      },
      { args: ['rm', '-f', id], cwd: workdir },
    ]);
    expect(calls[2]?.env).toMatchObject({
      ...{ MODE: 'dev', HOST: '0.0.0.0', PORT: '8080', SPOOKY_BACKEND: 'api' },
      SPOOKY_DATABASE_URL: database.replace('127.0.0.1', 'host.docker.internal'),
      SPOOKY_DATABASE_PASSWORD: SECRETS.SPOOKY_API_PASSWORD,
      SPOOKY_AUTH_TOKEN: SECRETS.API_AUTH_TOKEN,
    });
    // docker reads the env-file itself, so its variables are not in docker's environment. A build gets no secrets.
    expect(calls[2]?.env).not.toHaveProperty('FROM_FILE');
    for (const secret of Object.values(SECRETS).slice(2)) expect(JSON.stringify(calls[0])).not.toContain(secret);
  });
});

describe('the environment of a dev command', () => {
  const ENV_FILE = [
    '# a comment',
    '',
    'PLAIN=one two # three',
    'EQUALS=a=b=c==',
    'HASH="one # two"',
    "SINGLE='$HOME \\n'",
    'DOUBLE="line\\nline \\"quoted\\""',
    'export EXPORTED=yes',
    'EMPTY=',
    'SHARED=file',
    'PORT=1',
  ];
  const READ = {
    ...{ PLAIN: 'one two', EQUALS: 'a=b=c==', HASH: 'one # two', SINGLE: '$HOME \\n' },
    ...{ DOUBLE: 'line\nline "quoted"', EXPORTED: 'yes', EMPTY: '', SHARED: 'file' },
  };

  it.each([
    ['npm', '\n'],
    ['npm', '\r\n'],
    ['uv', '\n'],
    ['uv', '\r\n'],
  ])('has the env-file of a %s command with lines ending in %j, with stack variables over it', async (type, ending) => {
    const { port, database, calls } = await run(
      `{ type: ${type}, script: dev, workdir: apps/api, env-file: ./api.env }`,
      (mini) => mini.write('api.env', ENV_FILE.join(ending)),
    );
    expect(calls).toMatchObject([
      {
        env: {
          ...READ,
          ...{ HOST: '127.0.0.1', PORT: String(port), SPOOKY_DATABASE_URL: database, SPOOKY_BACKEND: 'api' },
          ...{ SPOOKY_DATABASE_USER: 'api', SPOOKY_DATABASE_PASSWORD: SECRETS.SPOOKY_API_PASSWORD },
          SPOOKY_AUTH_TOKEN: SECRETS.API_AUTH_TOKEN,
        },
      },
    ]);
    const gateway = ['SPOOKY_GATEWAY_PASSWORD', 'SPOOKY_GATEWAY_KEY'];
    for (const name of [...gateway, 'SURREAL_USER', 'SURREAL_PASS', 'SPOOKY_RUNNER_PASSWORD', 'SPOOKY_API_PASSWORD']) {
      expect(calls[0]?.env).not.toHaveProperty(name);
    }
  });

  it.each([
    ['npm', 'env-file: nowhere.env', /backends\.api\.dev\.env-file: .*nowhere\.env/],
    ['uv', 'env-file: nowhere.env', /backends\.api\.dev\.env-file: .*nowhere\.env/],
    ['npm', 'workdir: nowhere', /backends\.api\.dev\.workdir: .*nowhere/],
    ['uv', 'workdir: nowhere', /backends\.api\.dev\.workdir: .*nowhere/],
  ])('refuses a %s command with %s before anything starts', async (type, field, message) => {
    const mini = await miniProject({ path: 'memory', backendDev: `{ type: ${type}, script: dev, ${field} }` });
    onTestFinished(mini.remove);
    const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], mini.root, SECRETS);
    started.push(spooky);
    expect(await spooky.exited).toBe(1);
    expect(spooky.events).toMatchObject([
      { event: 'error', code: 'SPOOKY_CONFIG_INVALID', message: expect.stringMatching(message) },
    ]);
  });

  it('refuses an invalid line with its place and never prints it', async () => {
    const mini = await miniProject({ path: 'memory', backendDev: '{ type: npm, script: dev, env-file: api.env }' });
    onTestFinished(mini.remove);
    await mini.write('api.env', 'A=1\nhunter2\n');
    const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], mini.root, SECRETS);
    started.push(spooky);
    expect(await spooky.exited).toBe(1);
    expect(spooky.text).toContain('api.env:2:1: is not KEY=VALUE');
    expect(spooky.text).not.toContain('hunter2');
  });
});
