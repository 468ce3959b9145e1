/** docs/deploying.md, followed on loopback: its secrets, its units and its probes, from the built files. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { passwordVariable } from '../packages/cli/src/secrets.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');
const page = await read('docs/deploying.md');

/** The code blocks of a language that hold a text. */
function blocks(language: string, text: string): string[] {
  const all = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)];
  return all.flatMap(([, found, code = '']) => (found === language && code.includes(text) ? [code] : []));
}
const [secrets = ''] = blocks('sh', 'cat > /etc/app');
const [nginx = ''] = blocks('nginx', 'server {');

interface Unit {
  readonly name: string;
  readonly exec: readonly string[];
  readonly files: readonly string[];
}
const units = blocks('ini', '[Service]').map((text): Unit => {
  const settings = (key: string) =>
    [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  return {
    name: /app-(\w+)/.exec(text)?.[1] ?? '',
    exec: settings('ExecStart')[0]?.split(' ') ?? [],
    files: settings('EnvironmentFile'),
  };
});

describe('the page', () => {
  it('has every variable that docker-compose.yml and the secrets set, and no variable that nothing reads', async () => {
    const table = page.slice(page.indexOf('## Variables'), page.indexOf('This makes the files'));
    const named = new Set([...table.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map(([, name = '']) => name));
    const { services } = parse(await read('docker-compose.yml'), { merge: true }) as {
      services: Record<string, { environment?: Record<string, string> }>;
    };
    const composed = Object.values(services).flatMap(({ environment = {} }) => Object.keys(environment));
    const written = [...secrets.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name);
    expect([...named]).toEqual(expect.arrayContaining([...composed, ...written]));

    const sources = globSync('{packages,apps}/*/src/**/*.ts', {
      cwd: ROOT,
      exclude: ['**/*.test.ts', '**/testing/**'],
    });
    const code = (await Promise.all([...sources, 'sp00ky.external.yml'].map(read))).join('\n');
    const derived = [...['runner', 'gateway', 'api'].map(passwordVariable), 'SPOOKY_BACKEND_API_URL', 'NODE_ENV'];
    for (const name of named) if (!derived.includes(name)) expect(code, name).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('has a web server with the settings of deploy/nginx.conf', async () => {
    const isSetting = (line: string): boolean =>
      /^(?:proxy_(?!pass)|add_header|try_files|location|map|default|'')/.test(line);
    const settingsOf = (text: string) =>
      text
        .split('\n')
        .map((line) => line.trim())
        .filter(isSetting);
    expect(settingsOf(nginx).length).toBeGreaterThan(15);
    expect(settingsOf(nginx)).toEqual(settingsOf(await read('deploy/nginx.conf')));
  });

  it('copies pages that a build makes', async () => {
    const [copy = ''] = blocks('sh', 'cp -r');
    const html = await read('apps/web/dist/index.html');
    for (const [file] of copy.matchAll(/apps\/web\/dist\/\S+/g))
      expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    for (const [, file = ''] of html.matchAll(/(?:src|href)="\/([^"]+)"/g)) expect(copy).toContain(file.split('/')[0]);
  });
});

describe('the units', () => {
  let folder: string;
  let environment: Record<string, string>;
  let ports: { database: number; api: number; runner: number; gateway: number };
  const running: { name: string; child: ChildProcess; output: string[] }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'spooky-deploying-'));
    await promisify(execFile)('bash', ['-euc', secrets.replaceAll('/etc/app', folder)]);
    const [database = 0, api = 0, runner = 0, gateway = 0] = await freePorts(4);
    ports = { database, api, runner, gateway };
    environment = {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      SPOOKY_DATABASE_URL: `ws://127.0.0.1:${database}/rpc`,
      SURREAL_BIND: `127.0.0.1:${database}`,
      PORT: String(api),
      SPOOKY_BACKEND_API_URL: `http://127.0.0.1:${api}`,
      SPOOKY_RUNNER_PORT: String(runner),
      SPOOKY_GATEWAY_BIND: `127.0.0.1:${gateway}`,
      SPOOKY_GATEWAY_STATUS_BIND: '127.0.0.1:0',
    };
  });
  afterAll(async () => {
    await stopAll();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  /** What a unit runs with, but for the ports: those of its files, under those of this test. */
  async function environmentOf({ files }: Unit): Promise<Record<string, string>> {
    const texts = await Promise.all(files.map((file) => readFile(file.replace('/etc/app', folder), 'utf8')));
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
    const pairs = lines.map((line) => line.split(/=(.*)/s).slice(0, 2));
    return { ...Object.fromEntries(pairs), ...environment };
  }

  function unitOf(name: string): Unit {
    const unit = units.find((one) => one.name === name);
    if (unit === undefined) throw new Error(`the page has no unit ${name}`);
    return unit;
  }

  function commandOf({ exec: [program = '', ...args] }: Unit): [program: string, args: string[]] {
    expect(program).toBe('/srv/app/current/node_modules/.bin/node');
    return [process.execPath, args.map((arg) => arg.replace('/var/lib/app', folder))];
  }

  async function start(name: string): Promise<void> {
    const [program, args] = commandOf(unitOf(name));
    const child = spawn(program, args, { cwd: ROOT, env: await environmentOf(unitOf(name)), stdio: 'pipe' });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(String(chunk)));
    running.push({ name, child, output });
  }

  /** Runs a command of `spooky` with the variables of the unit that migrates. */
  async function spooky(...args: string[]): Promise<string> {
    const unit = unitOf('migrate');
    const [program, all] = commandOf(unit);
    const words = [...all.slice(0, all.indexOf('db')), ...args];
    const { stdout } = await promisify(execFile)(program, words, { cwd: ROOT, env: await environmentOf(unit) });
    return stdout;
  }

  /** Asks the probes of the page, with the ports of this test, until they answer 200. */
  async function probe(name: keyof typeof ports): Promise<void> {
    const row = page.split('\n').find((line) => line.startsWith(`| ${name === 'api' ? 'API' : name} | \`http`)) ?? '';
    const urls = [...row.matchAll(/`http:\/\/127\.0\.0\.1:\d+([^`]+)`/g)].map(([, way = '']) => way);
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      await vi.waitFor(
        async () => {
          const answer = await fetch(`http://127.0.0.1:${ports[name]}${url}`).catch(() => undefined);
          expect(answer?.status, running.find((one) => one.name === name)?.output.join('')).toBe(200);
        },
        { timeout: 60_000, interval: 100 },
      );
    }
  }

  async function stopAll(): Promise<(number | null)[]> {
    const codes: (number | null)[] = [];
    for (const { child } of running.splice(0).toReversed()) {
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill();
      await exited;
      codes.push(child.exitCode);
    }
    return codes;
  }

  it('start with the variables that the page gives each, and answer their probes', async () => {
    await start('database');
    await probe('database');
    expect(await spooky('db', 'migrate')).toContain('created the user runner');
    for (const name of ['api', 'runner', 'gateway'] as const) await start(name);
    for (const name of ['api', 'runner', 'gateway'] as const) await probe(name);
  });

  /** A client of the gateway, as a page has one. */
  async function connect() {
    const { schema } = await import(path.join(ROOT, 'apps/web/src/schema.gen.ts'));
    // By path: its types need those of a browser, which this program has none of.
    const { createClient } = await import(path.join(ROOT, 'packages/client/src/index.ts'));
    return createClient({ schema, url: `http://127.0.0.1:${ports.gateway}` });
  }
  const person = { username: 'ada', password: 'long-enough-for-a-test' };

  it('make an account', async () => {
    const db = await connect();
    await db.auth.signUp('account', person);
    await db.close();
  });

  it('deliver a job', async () => {
    const db = await connect();
    await db.auth.signIn('account', person);
    const { id } = await db.create('thread', { title: 'A quiet house', content: 'Not much has happened here.' });
    const job = await db.run('api', '/spookify', { id: String(id) }, { assignedTo: id });
    await vi.waitFor(async () => expect(await spooky('jobs', 'show', String(job))).toContain('success'), {
      timeout: 60_000,
      interval: 250,
    });
    await db.close();
  });

  it('are backed up, and restored into an empty database', async () => {
    const [program, args] = commandOf(unitOf('backup'));
    await promisify(execFile)(program, args, { cwd: ROOT, env: await environmentOf(unitOf('backup')) });
    expect(await stopAll()).toEqual([0, 0, 0, 0]);
    await rm(path.join(folder, 'db'), { recursive: true });
    await start('database');
    await probe('database');
    await spooky('db', 'import', path.join(folder, 'backup.surql'));
    await spooky('db', 'migrate');
    expect(await spooky('jobs', 'list')).toContain('/spookify');
    for (const name of ['api', 'runner', 'gateway'] as const) await start(name);
    for (const name of ['api', 'runner', 'gateway'] as const) await probe(name);
    const db = await connect();
    await db.auth.signIn('account', person);
    await db.close();
    expect(await stopAll()).toEqual([0, 0, 0, 0]);
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
