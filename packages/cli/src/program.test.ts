import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Surreal } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MiniProject, miniProject } from './testing/mini-project.ts';
import { SECRETS } from './testing/secrets.ts';
import { SpookyProcess } from './testing/spooky-process.ts';

vi.setConfig({ testTimeout: 120_000 });

let mini: MiniProject;
beforeAll(async () => {
  mini = await miniProject();
});
afterAll(() => mini.remove());

async function spooky(args: string, env: Record<string, string> = SECRETS) {
  const command = new SpookyProcess(args.split(' ').filter(Boolean), mini.root, env);
  const code = await command.exited;
  return { code, text: command.text, events: command.events };
}

describe('usage', () => {
  it.each([
    ...['', 'dev', 'check', 'generate', 'db', 'db start', 'db version', 'db migrate', 'runner', 'gateway', 'jobs'],
    ...['db import', 'db export', 'db reset', 'completion', 'outbox', 'outbox add', 'outbox upgrade'],
    ...['jobs list', 'jobs show', 'jobs stats', 'jobs retry', 'jobs cancel'],
    ...['schedules', 'schedules list', 'schedules pause', 'schedules resume', 'schedules trigger', 'schedules runs'],
  ])('explains `spooky %s`', async (command) => {
    const { code, text } = await spooky(`${command} --help`);
    expect(code).toBe(0);
    expect(text).toContain(`Usage: ${`spooky ${command}`.trim()}`);
    if (!['db', 'jobs', 'outbox', 'schedules'].includes(command)) expect(text).toContain('Example:');
  });

  it.each([
    ['dve', 'Did you mean dev?'],
    ['dev --jsn', 'Did you mean --json?'],
    ['dev --ports many', 'Allowed choices are auto, free'],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish'],
    ['db start', "missing required argument 'storage'"],
    ['jobs list --limit none', 'whole number'],
    ['schedules runs nightly --limit 0', 'whole number'],
  ])('refuses `spooky %s` with exit code 2', async (args, hint) => {
    expect(await spooky(args)).toMatchObject({ code: 2, text: expect.stringContaining(hint) });
  });

  it.each([
    ['--json dve', "unknown command 'dve' (Did you mean dev?); see spooky --help"],
    ['dev --json --prots free', "unknown option '--prots' (Did you mean --ports?); see spooky --help"],
    ['db start --json', "missing required argument 'storage'; see spooky --help"],
    ['--json db', 'a command is missing; see spooky --help'],
  ])('refuses `spooky %s` with exit code 2, in JSON', async (args, message) => {
    const { code, text, events } = await spooky(args);
    expect(events).toEqual([{ event: 'error', code: 'SPOOKY_CLI_USAGE', message }]);
    expect({ code, lines: text.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 });
  });

  it('prints its version', async () => {
    expect((await spooky('--version')).text).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('prints a remedy on an old Node', async () => {
    const bin = JSON.stringify(path.resolve(import.meta.dirname, '../bin/spooky.js'));
    const script = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' }); import(${bin});`;
    await expect(promisify(execFile)(process.execPath, ['-e', script])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/needs Node 22\.18 or later; this is 20\.19\.0\.\n.*npm run dev/),
    });
  });
});

it('prints which command to run if packages were renamed after the build', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-renamed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const cli = path.resolve(import.meta.dirname, '..');
  const modules = path.dirname(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')));
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(path.join(cli, part), path.join(folder, part), { recursive: true });
  const check = () => promisify(execFile)(process.execPath, [path.join(folder, 'bin/spooky.js'), 'check', '--json']);
  const remedy = expect.stringContaining('npm install && npm run build');
  await expect(check()).rejects.toMatchObject({ code: 1, stderr: remedy });
  // Links all installed packages except those of this project.
  await mkdir(path.join(folder, 'node_modules'), { recursive: true });
  const installed = (await readdir(modules)).filter((name) => !/^[.@]/.test(name));
  for (const name of installed) await symlink(path.join(modules, name), path.join(folder, 'node_modules', name));
  const { stdout } = await check().catch((error) => error);
  expect(JSON.parse(stdout)).toEqual({ event: 'error', code: 'SPOOKY_CLI_NOT_BUILT', message: remedy });
});

describe('commands on files', () => {
  it('checks a project', async () => {
    const text = expect.stringMatching(/^(.+: warning: .+\n)*sp00ky\.yml is valid: 1 backend, 1 route\n$/);
    expect(await spooky('check')).toMatchObject({ code: 0, text });
  });

  it('lists faults as text and as JSON', async () => {
    await mini.write('wrong.yml', 'mode: manynode\n');
    const { code, text } = await spooky('check --config wrong.yml');
    expect(code).toBe(1);
    expect(text).toContain('wrong.yml:1:1 mode: ');
    const { events } = await spooky('--json --config wrong.yml db migrate');
    expect(events).toMatchObject([{ event: 'error', code: 'SPOOKY_CONFIG_INVALID', issues: expect.any(Array) }]);
  });
});

describe('commands on a database', () => {
  it('migrates a data folder without a server and prints its status', async () => {
    const { code, text } = await spooky('db migrate');
    expect({ code, text }).toEqual({
      code: 0,
      text: 'applied schema.surql\napplied outbox/api.surql\ncreated the user runner\ncreated the user gateway\ncreated the user api\n',
    });
    expect((await spooky('db migrate')).text).toBe('up to date (2 files)\n');
    const { events } = await spooky('db migrate --status --json');
    expect(events).toMatchObject([{ event: 'status', files: [{ state: 'applied' }, { state: 'applied' }] }]);
  });

  it('reports missing secrets', async () => {
    const { SPOOKY_API_PASSWORD, ...rest } = SECRETS;
    expect(await spooky('db migrate', rest)).toMatchObject({
      code: 1,
      text: expect.stringContaining('SPOOKY_API_PASSWORD is not set'),
    });
  });

  it('refuses an invalid database URL without waiting', async () => {
    for (const command of ['runner', 'gateway', 'jobs list', 'db migrate', 'db export']) {
      expect(await spooky(command, { ...SECRETS, SPOOKY_DATABASE_URL: 'localhost:8000' })).toMatchObject({
        code: 1,
        text: expect.stringContaining('SPOOKY_DATABASE_URL must start with ws:// or wss:// or http:// or https://'),
      });
    }
  });

  it('requires tokens of backends only for commands that call backends', async () => {
    const { API_AUTH_TOKEN, ...rest } = SECRETS;
    expect((await spooky('db migrate --status', rest)).text).toContain('schema.surql');
    expect((await spooky('jobs list', rest)).text).toContain('No spooky dev is running on this data');
    expect((await spooky('jobs list', {})).text).toContain('No spooky dev is running on this data');
    expect((await spooky('runner', rest)).text).toContain('API_AUTH_TOKEN} is not set');
  });

  it('sends requests for jobs and runs a runner that acts on them', { timeout: 240_000 }, async () => {
    expect((await spooky('jobs list')).text).toContain('No spooky dev is running on this data');

    const server = new SpookyProcess(['db', 'start', 'memory', '--bind', '127.0.0.1:0', '--json'], mini.root, SECRETS);
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    const url = await listening(server);
    const env = { ...SECRETS, SPOOKY_DATABASE_URL: url, SPOOKY_BACKEND_API_URL: 'http://127.0.0.1:1' };
    expect((await spooky('db migrate', env)).code).toBe(0);
    expect((await spooky('jobs list', env)).text).toBe('no jobs\n');

    const database = new Surreal();
    onTestFinished(async () => void (await database.close()));
    await database.connect(url, {
      ...{ namespace: 'main', database: 'mini' },
      authentication: { username: SECRETS.SURREAL_USER, password: SECRETS.SURREAL_PASS },
    });
    await database.query(`CREATE job:one SET path = '/spookify', payload = {}, run_at = time::now() + 1h`);
    await database.query(`CREATE job:two SET path = '/spookify', payload = {}, status = 'failed'`);

    expect((await spooky('jobs list --status failed', env)).text).toMatch(/^job:two {2}failed .*\n$/);
    const shown = await spooky('jobs show job:one --json', env);
    expect(shown.events).toMatchObject([{ event: 'job', job: { id: 'job:one', status: 'pending' } }]);
    await database.query(`CREATE job:three SET path = '/spookify', payload = {}, status = 'success'`);
    expect(await spooky('jobs retry job:three', env)).toMatchObject({
      code: 1,
      text: expect.stringContaining('Only failed and delayed jobs'),
    });
    expect((await spooky('jobs show job:none', env)).text).toContain('There is no job job:none');
    expect((await spooky('jobs show user:one', env)).text).toContain('user:one is not the id of a job');
    expect((await spooky('jobs cancel job:one', env)).code).toBe(0);

    const runner = new SpookyProcess(['runner'], mini.root, env);
    onTestFinished(async () => void (await runner.stop('SIGKILL')));
    await expect
      .poll(async () => (await database.query('RETURN job:one.status'))[0], { timeout: 60_000 })
      .toBe('failed');
    expect(await runner.stop('SIGTERM')).toBe(0);
    expect(await server.stop('SIGTERM')).toBe(0);
  });

  it.each([
    ['db start surrealkv:x', 'surrealkv:x is not a supported storage. '],
    ['db start foo:bar', 'foo:bar is not a supported storage. '],
    ['db start memory --bind here', 'here is not an address; write HOST:PORT'],
    ['db start memory --user root', 'give both --user and --pass'],
    ['db start memory --user root --pass x --query-timeout soon', 'soon is not a timeout'],
  ])('refuses `spooky %s` with exit code 2', async (args, reason) => {
    expect(await spooky(args, {})).toMatchObject({ code: 2, text: expect.stringContaining(reason) });
  });

  it.each([
    [
      'db start memory --user root --pass x --allow-origin localhost:3600',
      'is not an origin. Write only scheme, host and port',
    ],
    ['db start memory --user root --pass x --allow-host http://db', 'is not a host name. Write it without scheme'],
  ])('refuses `spooky %s`', async (args, reason) => {
    expect(await spooky(args, {})).toMatchObject({ code: 1, text: expect.stringContaining(reason) });
  });
});

async function listening(server: SpookyProcess): Promise<string> {
  let port: string | undefined;
  await expect
    .poll(
      () => {
        port = /"port":(\d+)/.exec(server.text)?.[1];
        return port;
      },
      { timeout: 60_000 },
    )
    .toBeDefined();
  return `ws://127.0.0.1:${port}/rpc`;
}
