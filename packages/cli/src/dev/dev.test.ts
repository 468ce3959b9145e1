import { execFile } from 'node:child_process';
import { chmod, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { acceptsConnections } from '@spookify/supervisor';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isAlive } from '../is-alive.ts';
import { type MiniOptions, type MiniProject, miniProject } from '../testing/mini-project.ts';
import { SECRETS } from '../testing/secrets.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';
import { addressOf } from './plan/placement.ts';

vi.setConfig({ testTimeout: 120_000 });

const started: SpookyProcess[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((spooky) => spooky.stop('SIGKILL')));
});

async function project(options?: MiniOptions): Promise<MiniProject> {
  const mini = await miniProject(options);
  onTestFinished(mini.remove);
  return mini;
}

function dev(mini: MiniProject, env: Record<string, string> = SECRETS, args = ['--json', '--ports', 'free']) {
  const spooky = new SpookyProcess(['dev', ...args], mini.root, env);
  started.push(spooky);
  return spooky;
}

async function expectNothingLeft(spooky: SpookyProcess, urls: unknown): Promise<void> {
  await vi.waitFor(() => expect(spooky.processIds.filter(isAlive)).toEqual([]), { timeout: 30_000 });
  for (const url of Object.values(Object(urls))) {
    const { host, port } = addressOf(String(url));
    expect(await acceptsConnections({ host, port }), `${url} is free`).toBe(false);
  }
}

/** Variables of a shell that are meant for other programs. The proxy is not there, so what uses it fails. */
const SURROUNDINGS = {
  NODE_USE_ENV_PROXY: '1',
  ...{ HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' },
  ...{ PORT: '1', HOST: '192.0.2.1', NODE_ENV: 'production', CI: 'true', FORCE_COLOR: '1' },
  ...{ LANG: 'C', TZ: 'Asia/Kathmandu', HOME: '/dev/null', TMPDIR: '/no/such/folder' },
};

describe('spooky dev', () => {
  it('starts the stack in any surroundings, reports it as ready, and stops all of it on SIGTERM', async () => {
    const spooky = dev(await project(), { ...SECRETS, ...SURROUNDINGS });
    const { urls, elapsedMs } = await spooky.ready();
    expect(Object.keys(Object(urls)).sort()).toEqual(['api', 'database', 'gateway', 'web']);
    expect(elapsedMs).toBeGreaterThan(0);
    for (const name of ['database', 'runner', 'gateway', 'backend.api.dev', 'frontend.dev']) await spooky.running(name);
    expect((await fetch(Object(urls).web)).status).toBe(200);

    expect(await spooky.stop('SIGTERM')).toBe(0);
    expect(spooky.events.at(-1)).toEqual({ event: 'stopped' });
    await expectNothingLeft(spooky, urls);
    const order = spooky.events.filter(({ state }) => state === 'stopped').map(({ name }) => name);
    expect(order).toEqual(['frontend.dev', 'gateway', 'runner', 'backend.api.dev', 'database']);
  });

  it('generates secrets once and gives each process only its own', async () => {
    const mini = await project();
    const first = dev(mini, {});
    const { urls } = await first.ready();
    const file = path.join(mini.root, '.env');
    const secrets = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const values = Object.fromEntries(secrets.split('\n').map((line) => line.split('=') as [string, string]));
    for (const [name, value] of Object.entries(values).filter(([, value]) => value?.length === 43)) {
      expect(first.text, `${name} is printed nowhere`).not.toContain(value);
    }

    const api = await (await fetch(`${Object(urls).api}/env`)).json();
    expect(api).toMatchObject({
      SPOOKY_DATABASE_USER: 'api',
      SPOOKY_DATABASE_PASSWORD: values.SPOOKY_API_PASSWORD,
      SPOOKY_AUTH_TOKEN: values.API_AUTH_TOKEN,
      SPOOKY_BACKEND: 'api',
    });
    const web = JSON.stringify(await (await fetch(`${Object(urls).web}/env`)).json());
    expect(JSON.parse(web)).toMatchObject({ SPOOKY_GATEWAY_URL: Object(urls).gateway });
    const gateway = ['SPOOKY_GATEWAY_PASSWORD', 'SPOOKY_GATEWAY_KEY'];
    for (const name of [
      ...gateway,
      ...['SURREAL_PASS', 'SPOOKY_RUNNER_PASSWORD', 'SPOOKY_API_PASSWORD', 'API_AUTH_TOKEN'],
    ]) {
      expect(web).not.toContain(values[name]);
      if (!/API/.test(name)) expect(JSON.stringify(api)).not.toContain(values[name]);
    }
    expect(await first.stop()).toBe(0);

    const second = dev(mini, {});
    await second.ready();
    expect(await readFile(file, 'utf8')).toBe(secrets);
    expect(await second.stop('SIGINT')).toBe(0);
  });

  it('leaves no process behind when it is killed', async () => {
    const spooky = dev(await project());
    const { urls } = await spooky.ready();
    expect(await spooky.stop('SIGKILL')).toBe('SIGKILL');
    await expectNothingLeft(spooky, urls);
  });

  it('stops everything when the reader of its output is gone', async () => {
    const spooky = dev(await project());
    const { urls } = await spooky.ready();
    spooky.child.stdout?.destroy();
    spooky.child.stderr?.destroy();
    // Makes the backend write a line.
    await fetch(`${Object(urls).api}/crash`).catch(() => {});
    expect(await spooky.exited).toBe(0);
    await expectNothingLeft(spooky, urls);
  });

  it('restarts a crashed backend and reports how it ended', async () => {
    const spooky = dev(await project());
    const { urls } = await spooky.ready();
    await fetch(`${Object(urls).api}/crash`).catch(() => {});
    await spooky.running('backend.api.dev', 1);
    expect((await fetch(Object(urls).api)).status).toBe(200);
    const ended = await spooky.waitFor(({ name, state }) => name === 'backend.api.dev' && state === 'failed');
    expect(ended).toMatchObject({ exitCode: 3, restartInMs: expect.any(Number) });
    expect(await spooky.stop()).toBe(0);
  });

  it('restarts a killed gateway on its port', async () => {
    const spooky = dev(await project());
    const { urls } = await spooky.ready();
    process.kill(await spooky.running('gateway'), 'SIGKILL');
    await spooky.running('gateway', 1);
    expect((await fetch(`${Object(urls).gateway}/spooky/sign-out`)).status).toBeLessThan(500);
    expect(await spooky.stop()).toBe(0);
    await expectNothingLeft(spooky, urls);
  });

  it('adds the secrets of the gateway to an older project', async () => {
    const mini = await project();
    const { SPOOKY_GATEWAY_PASSWORD: _password, SPOOKY_GATEWAY_KEY: _key, ...before } = SECRETS;
    const text = Object.entries(before).map(([name, value]) => `${name}=${value}\n`);
    await mini.write('.env', text.join(''));
    const spooky = dev(mini, {});
    await spooky.ready();
    const now = await readFile(path.join(mini.root, '.env'), 'utf8');
    expect(now).toMatch(/^SPOOKY_GATEWAY_PASSWORD=[\w-]{43}\nSPOOKY_GATEWAY_KEY=[\w-]{43}\n$/m);
    expect(now.startsWith(text.join(''))).toBe(true);
    expect(await spooky.stop()).toBe(0);
  });

  it.each([['.data/mini'], ['memory']])('restarts a killed database (%s) on its port with its schema', async (data) => {
    const spooky = dev(await project({ path: data }));
    const { urls } = await spooky.ready();
    process.kill(await spooky.running('database'), 'SIGKILL');
    await spooky.running('database', 1);
    const { host, port } = addressOf(Object(urls).database);
    expect(await acceptsConnections({ host, port })).toBe(true);
    expect(await spooky.stop()).toBe(0);
    await expectNothingLeft(spooky, urls);
  });

  it('exits with 1 and the reason if a backend does not start', async () => {
    const spooky = dev(await project({ backendDev: '"echo no luck >&2; exit 7"' }));
    expect(await spooky.exited).toBe(1);
    expect(spooky.events.find(({ event }) => event === 'error')).toMatchObject({
      code: 'SPOOKY_CLI_START_FAILED',
      message: expect.stringContaining('backend.api.dev did not start: exited with code 7'),
    });
    expect(spooky.events).toContainEqual(expect.objectContaining({ event: 'log', line: 'no luck' }));
    await expectNothingLeft(spooky, {});
  });

  it('warns that a backend does not listen on its port', async () => {
    const elsewhere = `exec "${process.execPath}" -e "require('http').createServer().listen(0, process.env.HOST)"`;
    const spooky = dev(await project({ backendDev: JSON.stringify(elsewhere) }));
    const { message } = await spooky.waitFor(({ level }) => level === 'warn');
    expect(message).toMatch(/^backend\.api\.dev: nothing listens on 127\.0\.0\.1:\d+; does it use PORT\?$/);
    expect(await spooky.stop()).toBe(0);
    await expectNothingLeft(spooky, {});
  });

  it('exits immediately at a second signal', async () => {
    const stubborn = JSON.stringify(
      `exec "${process.execPath}" -e "process.on('SIGTERM', () => {}); require('http').createServer((q, s) => s.end()).listen(process.env.PORT, process.env.HOST)"`,
    );
    const spooky = dev(await project({ frontendDev: stubborn }));
    const { urls } = await spooky.ready();
    spooky.child.kill('SIGINT');
    await spooky.waitFor(({ name, state }) => name === 'frontend.dev' && state === 'stopping');
    await vi.waitFor(
      () => {
        spooky.child.kill('SIGINT');
        expect(spooky.child.exitCode).toBe(130);
      },
      { timeout: 30_000 },
    );
    await expectNothingLeft(spooky, urls);
  });

  it('refuses to run twice on the same data', async () => {
    const mini = await project();
    const first = dev(mini);
    const { urls } = await first.ready();
    const second = dev(mini);
    expect(await second.exited).toBe(1);
    expect(second.events).toEqual([
      {
        event: 'error',
        code: 'SPOOKY_CLI_ALREADY_RUNNING',
        message: expect.stringContaining(`process ${first.pid}), at ${Object(urls).web}.`),
      },
    ]);
    expect(await first.stop()).toBe(0);
  });

  it('reports every missing program before it starts anything', async () => {
    const mini = await project({
      backendDev: '{ type: docker, file: ./server.mjs, port: 80 }',
      frontendDev: '{ type: uv, script: server.mjs }',
    });
    const bin = path.dirname((await promisify(execFile)('sh', ['-c', 'command -v ls'])).stdout.trim());
    const spooky = dev(mini, { ...SECRETS, PATH: path.join(mini.root, bin) });
    expect(await spooky.exited).toBe(1);
    expect(spooky.events).toEqual([
      { event: 'error', code: 'SPOOKY_CLI_MISSING_PROGRAM', message: expect.stringMatching(/docker.*\n.*uv/) },
    ]);
  });

  it('runs a docker backend and a uv backend with the programs on the PATH', async () => {
    const mini = await project({
      backendDev: '{ type: docker, file: ./server.mjs, port: 8080, workdir: . }',
      frontendDev: '{ type: uv, script: server.mjs }',
    });
    // Stand-ins print their arguments and then run the server in place of the container.
    const serve = `exec "${process.execPath}" "${mini.root}/server.mjs"`;
    await mini.write('bin/uv', `#!/bin/sh\necho "uv $*"\n${serve}\n`);
    const docker = String.raw`case "$1" in run) PORT=$(echo "$*" | sed 's/.*127.0.0.1:\([0-9]*\):8080.*/\1/') HOST=127.0.0.1 ${serve};; esac`;
    await mini.write('bin/docker', `#!/bin/sh\necho "docker $*"\n${docker}\n`);
    await Promise.all(['docker', 'uv'].map((name) => chmod(path.join(mini.root, 'bin', name), 0o755)));

    const spooky = dev(mini, { ...SECRETS, PATH: `${path.join(mini.root, 'bin')}:${process.env.PATH}` });
    const { urls } = await spooky.ready();
    const lines = spooky.events.filter(({ event }) => event === 'log').map(({ line }) => String(line));
    expect(lines.filter((line) => line.startsWith('docker')).map((line) => line.split(' ')[1])).toEqual([
      ...['build', 'run'],
    ]);
    expect(lines).toContain('uv run server.mjs');
    expect(spooky.text).not.toContain(SECRETS.SPOOKY_API_PASSWORD);
    expect(await (await fetch(`${Object(urls).api}/env`)).json()).toMatchObject({
      SPOOKY_DATABASE_URL: expect.stringContaining('host.docker.internal'),
      SPOOKY_DATABASE_PASSWORD: SECRETS.SPOOKY_API_PASSWORD,
    });
    expect(await spooky.stop()).toBe(0);
    await expectNothingLeft(spooky, urls);
  });

  it('moves all ports if one is taken and reports it', async () => {
    // If another process has the port already, the test works too.
    const holder = createServer().on('error', () => {});
    holder.listen(3660, '127.0.0.1');
    onTestFinished(() => void holder.close());
    await vi.waitFor(async () => expect(await acceptsConnections({ port: 3660 })).toBe(true), 30_000);
    const spooky = dev(await project(), SECRETS, ['--no-color']);
    // Waits for the last line of the summary.
    await vi.waitFor(() => expect(spooky.text).toContain('Ctrl+C stops everything'), { timeout: 60_000 });
    const moved = Number(/move up by (\d+)/.exec(spooky.text)?.[1]);
    expect(moved).toBeGreaterThan(0);
    expect(spooky.text).toContain(`http://127.0.0.1:${3600 + moved}`);
    expect(spooky.text).toContain(`http://127.0.0.1:${3660 + moved}`);
    // A process may write this after its port answers.
    await vi.waitFor(() => {
      expect(spooky.text).toMatch(/^\[backend\.api\.dev\] listens$/m);
      expect(spooky.text).toMatch(/^\[frontend\.dev\] {4}listens$/m);
    }, 30_000);
    expect(await spooky.stop('SIGHUP')).toBe(0);
  });
});
