/** `spooky db …` with real processes, folders and signals. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installGateway } from '@spookify/gateway/install';
import { installOwnership } from '@spookify/runner/ownership';
import { type Link, withLink } from '@spookify/surreal-link';
import { Surreal } from 'surrealdb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { reserveFreePorts } from '../ports.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';

vi.setConfig({ testTimeout: 120_000 });

const OWNER = { SURREAL_USER: 'root', SURREAL_PASS: 'owner-of-the-test' };
const HERE = { SURREAL_NAMESPACE: 'main', SURREAL_DATABASE: 'demo' };

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky db '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Done {
  readonly code: number | string;
  readonly text: string;
}

async function spooky(folder: string, args: readonly string[], env: Record<string, string> = OWNER): Promise<Done> {
  const command = new SpookyProcess(args, folder, env);
  return { code: await command.exited, text: command.text };
}

/** Runs `spooky db start` and waits until it listens. */
async function start(folder: string, storage: string, env: Record<string, string> = OWNER) {
  const server = new SpookyProcess(['db', 'start', storage, '--bind', '127.0.0.1:0'], folder, env);
  onTestFinished(async () => void (await server.stop('SIGKILL')));
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
  return { server, endpoint: `http://127.0.0.1:${port}` };
}

async function connect(endpoint: string): Promise<Surreal> {
  const database = new Surreal();
  onTestFinished(async () => void (await database.close()));
  await database.connect(`${endpoint.replace('http', 'ws')}/rpc`, {
    ...{ namespace: HERE.SURREAL_NAMESPACE, database: HERE.SURREAL_DATABASE, reconnect: false },
    authentication: { username: OWNER.SURREAL_USER, password: OWNER.SURREAL_PASS },
  });
  return database;
}

it('prints the version in the format of surreal version', async () => {
  const folder = await temporaryFolder();
  const { code, text } = await spooky(folder, ['db', 'version']);
  expect({ code, text }).toEqual({ code: 0, text: expect.stringMatching(/^3\.\d+\.\d+ for \w+ on \w+\n$/) });
});

describe('db start', () => {
  it('requires an owner on the command line or in the folder', async () => {
    const folder = await temporaryFolder();
    expect(await spooky(folder, ['db', 'start', 'memory'], {})).toMatchObject({
      code: 1,
      text: expect.stringContaining('set SURREAL_USER and SURREAL_PASS'),
    });
    expect(await spooky(folder, ['db', 'start', 'rocksdb:data'], {})).toMatchObject({
      code: 1,
      text: expect.stringContaining('This data has no root user yet'),
    });
    const first = await start(folder, 'rocksdb:data');
    for (const name of ['.', ...(await readdir(path.join(folder, 'data')))]) {
      expect((await stat(path.join(folder, 'data', name))).mode & 0o077, name).toBe(0);
    }
    expect(await spooky(folder, ['db', 'start', 'rocksdb:data'])).toMatchObject({
      code: 1,
      text: expect.stringMatching(new RegExp(`Process ${first.server.pid} is using the data folder .*data`)),
    });
    expect(await first.server.stop('SIGTERM')).toBe(0);
    expect(first.server.text).toContain('the database has closed');
    const second = await start(folder, 'rocksdb://data', {});
    expect(await (await connect(second.endpoint)).query('RETURN 1')).toEqual([1]);
    expect(await second.server.stop('SIGINT')).toBe(0);
    expect(await readdir(path.join(folder, 'data'))).not.toContain('spooky.lock');
  });

  it('exits immediately at the second signal', async () => {
    const { server, endpoint } = await start(await temporaryFolder(), 'memory');
    const database = await connect(endpoint);
    const running = database.query('SLEEP 1m').catch(() => 'cut');
    await database.query('RETURN 1');
    server.child.kill('SIGINT');
    // After the first signal, the server accepts no new connections.
    await expect
      .poll(
        () =>
          fetch(`${endpoint}/health`).then(
            () => 'open',
            () => 'closed',
          ),
        { timeout: 10_000 },
      )
      .toBe('closed');
    const again = setInterval(() => server.child.kill('SIGINT'), 50);
    onTestFinished(() => clearInterval(again));
    expect(await server.exited).toBe(130);
    expect(server.text, 'nothing was waited for').not.toContain('the database has closed');
    expect(await running).toBe('cut');
  });

  it('logs at the requested level', async () => {
    const folder = await temporaryFolder();
    const bind = await freeAddress();
    const env = { ...OWNER, SURREAL_BIND: bind, SURREAL_LOG: 'none' };
    const server = new SpookyProcess(['db', 'start', 'memory'], folder, env);
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    await expect
      .poll(
        () =>
          fetch(`http://${bind}/health`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 60_000 },
      )
      .toBe(200);
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(server.text).toBe('');
    expect(await spooky(folder, ['db', 'start', 'memory', '--log', 'loud'])).toMatchObject({
      code: 2,
      text: expect.stringContaining('none, error, warn, info, debug, trace'),
    });
  });
});

describe('db import and db export', () => {
  it('copy a database to another server', async () => {
    const folder = await temporaryFolder();
    const { endpoint } = await start(folder, 'memory');
    const env = { ...OWNER, ...HERE };
    const text = randomBytes(1000).toString('hex');
    const source = `DEFINE TABLE note; DEFINE INDEX number ON note FIELDS number;
      FOR $number IN 0..1500 { CREATE type::record("note", $number) SET number = $number, text = "${text} 'ü✓'" };`;
    await writeFile(path.join(folder, 'source.surql'), source);
    const at = ['--endpoint', endpoint];
    expect(await spooky(folder, ['db', 'import', 'source.surql', ...at], env)).toEqual({
      code: 0,
      text: 'imported source.surql (3 statements)\n',
    });
    expect(await spooky(folder, ['db', 'export', 'copy.surql', ...at], env)).toMatchObject({ code: 0 });
    const { mode, size } = await stat(path.join(folder, 'copy.surql'));
    expect(mode & 0o777).toBe(0o600);
    expect(size).toBeGreaterThan(1500 * 1000);
    const printed = await spooky(folder, ['db', 'export', '-', ...at], env);
    expect(printed.text).toBe(await readFile(path.join(folder, 'copy.surql'), 'utf8'));

    const other = await start(folder, 'memory');
    // The WebSocket URL means the same server.
    const ws = `${other.endpoint.replace('http', 'ws')}/rpc`;
    expect(await spooky(folder, ['db', 'import', 'copy.surql', '--endpoint', ws], env)).toMatchObject({ code: 0 });
    const all = 'SELECT * FROM note ORDER BY id';
    const [[copied], [original]] = await Promise.all([
      (await connect(other.endpoint)).query<[object[]]>(all),
      (await connect(endpoint)).query<[object[]]>(all),
    ]);
    expect(copied).toHaveLength(1500);
    expect(copied).toEqual(original);
  });

  it('leave out the tables of gateways and update the gateways of the target', async () => {
    const folder = await temporaryFolder();
    const [one, other] = await Promise.all([start(folder, 'memory'), start(folder, 'memory')]);
    const key = { SPOOKY_GATEWAY_KEY: 'key-of-the-gateways-of-the-tests-000' };
    const env = { ...OWNER, ...HERE };
    await (await connect(one.endpoint)).query(
      `DEFINE TABLE note PERMISSIONS FOR select FULL; CREATE note:1 SET text = '\n-- ---\n-- TABLE: spooky_session';
      DEFINE ACCESS account ON DATABASE TYPE RECORD SIGNUP (CREATE note) SIGNIN (SELECT * FROM note)`,
    );
    for (const { endpoint } of [one, other]) await install(endpoint, key.SPOOKY_GATEWAY_KEY);
    const session = "CREATE spooky_session:a SET user = note:1, access = 'account', expires_at = time::now()";
    await (await connect(one.endpoint)).query(session);

    const at = (endpoint: string) => ['copy.surql', '--endpoint', endpoint];
    expect(await spooky(folder, ['db', 'export', ...at(one.endpoint)], env)).toMatchObject({ code: 0 });
    const copy = await readFile(path.join(folder, 'copy.surql'), 'utf8');
    expect(copy.match(/.*(spooky|REDACTED|ACCESS ).*/g)).toEqual([
      'DEFINE ACCESS account ON DATABASE TYPE RECORD SIGNUP (CREATE note) SIGNIN (SELECT * FROM note) DURATION FOR TOKEN 1h, FOR SESSION NONE;',
      expect.stringContaining('id: note:1'),
    ]);

    const imported = await spooky(folder, ['db', 'import', ...at(other.endpoint)], { ...env, ...key });
    expect(imported).toMatchObject({
      code: 0,
      text: expect.stringMatching(/^imported copy.surql \(\d+ statements\)\n$/),
    });
    const copied = await connect(other.endpoint);
    const [info, resets] = await copied.query<[{ events: object }, boolean[]]>(
      'INFO FOR TABLE note; SELECT VALUE reset FROM spooky_change',
    );
    expect(info.events).toHaveProperty('spooky_change');
    expect(resets).toEqual([true]);
    await copied.query('REMOVE TABLE note; REMOVE ACCESS account ON DATABASE');
    expect(await spooky(folder, ['db', 'import', ...at(other.endpoint)], env)).toMatchObject({
      code: 0,
      text: expect.stringContaining('until you run spooky db migrate, because SPOOKY_GATEWAY_KEY is not set'),
    });
  });

  it('leave out runners and partitions and do not change those of the target', async () => {
    const folder = await temporaryFolder();
    const startWith = async (runner: string) => {
      const { endpoint } = await start(folder, 'memory');
      await withOwner(endpoint, installOwnership);
      const database = await connect(endpoint);
      await database.query(
        `CREATE type::record('spooky_runner', $runner) SET beat = 7, alive = true, tables = ['job'];
        CREATE type::record('spooky_partition', ['job', 0]) SET owner = $runner, crashes = 1;
        CREATE type::record('spooky_fence', [$runner, 0]) SET alive = true, writes = 3;
        CREATE type::record('job', $runner) SET status = 'processing', runner = $runner`,
        { runner },
      );
      return { at: ['copy.surql', '--endpoint', endpoint], database };
    };
    const [far, near] = await Promise.all([startWith('far'), startWith('near')]);
    const owned = () => near.database.query('SELECT * FROM spooky_runner, spooky_partition, spooky_fence');
    const before = await owned();
    expect(before).toMatchObject([[{ beat: 7 }, { owner: 'near' }, { writes: 3 }]]);

    const env = { ...OWNER, ...HERE };
    expect(await spooky(folder, ['db', 'export', ...far.at], env)).toMatchObject({ code: 0 });
    expect(await readFile(path.join(folder, 'copy.surql'), 'utf8')).not.toMatch(/spooky_/);
    expect(await spooky(folder, ['db', 'import', ...near.at], env)).toMatchObject({ code: 0 });
    expect(await owned()).toEqual(before);
    // The imported job names a runner that this database does not have, so runners treat the job as lost.
    expect(await near.database.query('SELECT VALUE runner FROM job')).toEqual([['far', 'near']]);
  });

  it('bypass the proxy for a database on this machine', async () => {
    const folder = await temporaryFolder();
    const { endpoint } = await start(folder, 'memory');
    const nowhere = 'http://127.0.0.1:1';
    const proxy = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere };
    const env = { ...OWNER, ...HERE, ...proxy };
    const at = ['--endpoint', endpoint];
    await writeFile(path.join(folder, 'note.surql'), 'CREATE note:1');
    expect(await spooky(folder, ['db', 'import', 'note.surql', ...at], env)).toMatchObject({ code: 0 });
    expect((await spooky(folder, ['db', 'export', '-', ...at], env)).text).toContain('note:1');
  });

  it('fail with a reason and leave no incomplete file', async () => {
    const folder = await temporaryFolder();
    const { endpoint } = await start(folder, 'memory');
    const env = { ...OWNER, ...HERE };
    const at = ['--endpoint', endpoint];
    await writeFile(path.join(folder, 'wrong.surql'), 'CREATE note; THROW "not this one";');
    await writeFile(path.join(folder, 'broken.surql'), 'CREATE note SET;;; (');
    const broken = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('-- only the beginning', () => response.destroy());
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void broken.close());
    await once(broken, 'listening');
    const half = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    for (const [args, reason, environment] of [
      [['import', 'wrong.surql', ...at], /1 of the 2 statements of wrong\.surql failed.*\n.*not this one/, env],
      [['import', 'broken.surql', ...at], /refused the request: 400 .*Parse error/s, env],
      [['import', 'missing.surql', ...at], /missing\.surql cannot be read/, env],
      [['import', '.', ...at], /cannot be read/, env],
      [['export', ...at], /refuses this user/, { ...env, SURREAL_PASS: 'wrong' }],
      [['export', '--endpoint', `http://${await freeAddress()}`], /does not answer \(.*ECONNREFUSED/, env],
      [['export', '--endpoint', 'somewhere'], /somewhere is not the URL of a server/, env],
      [['export', 'half.surql', '--endpoint', half], /Could not finish the export to .*half\.surql/, env],
      [['export', path.join('no', 'such', 'folder.surql'), ...at], /Could not finish the export.*ENOENT/, env],
      [['export', ...at], /sp00ky\.yml/, OWNER],
    ] as const) {
      const done = await spooky(folder, ['db', ...args], environment);
      expect(done).toEqual({ code: 1, text: expect.stringMatching(reason) });
    }
    expect((await readdir(folder)).sort()).toEqual(['broken.surql', 'wrong.surql']);
  });
});

function install(endpoint: string, key: string): Promise<void> {
  return withOwner(endpoint, (link) => installGateway(link, key));
}

function withOwner(endpoint: string, work: (link: Link) => Promise<void>): Promise<void> {
  const owner = { username: OWNER.SURREAL_USER, password: OWNER.SURREAL_PASS, levels: ['root'] } as const;
  const url = `${endpoint.replace('http', 'ws')}/rpc`;
  return withLink({ url, namespace: 'main', database: 'demo', ...owner }, work);
}

async function freeAddress(): Promise<string> {
  const held = await reserveFreePorts([{ name: 'database', host: '127.0.0.1', port: 0 }]);
  await held.releaseAll();
  return `127.0.0.1:${held.ports.get('database')}`;
}
