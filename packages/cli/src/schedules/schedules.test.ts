/** `spooky schedules` as a process, on the real server. */
import { Surreal } from 'surrealdb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type MiniProject, miniProject } from '../testing/mini-project.ts';
import { SECRETS } from '../testing/secrets.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SCHEDULES = `schedules:
  nightly: { cron: '0 3 * * *', timezone: Europe/Berlin, backend: api, route: /spookify, payload: { id: 'thread:a' } }
  often: { every: 5m, backend: api, route: /spookify, payload: { id: 'thread:a' } }
`;
const OWNER = { username: SECRETS.SURREAL_USER, password: SECRETS.SURREAL_PASS };
let mini: MiniProject;
let server: SpookyProcess;
let database: Surreal;
let env: Record<string, string>;

beforeAll(async () => {
  mini = await miniProject({ more: SCHEDULES });
  server = new SpookyProcess(['db', 'start', 'memory', '--bind', '127.0.0.1:0', '--json'], mini.root, SECRETS);
  const port = await vi.waitFor(
    () => {
      const [, found] = /"port":(\d+)/.exec(server.text) ?? [];
      expect(found).toBeDefined();
      return found;
    },
    { timeout: 60_000 },
  );
  env = { ...SECRETS, SPOOKY_DATABASE_URL: `ws://127.0.0.1:${port}/rpc` };
});
afterAll(async () => {
  await database?.close();
  await server.stop('SIGKILL');
  await mini.remove();
});

async function spooky(args: string) {
  const command = new SpookyProcess(['schedules', ...args.split(' ')], mini.root, env);
  const code = await command.exited;
  return { code, text: command.text, events: command.events };
}

it('lists, pauses, resumes and triggers schedules after the first migration', async () => {
  const migrate = () => new SpookyProcess(['db', 'migrate'], mini.root, env).exited;
  expect(await migrate()).toBe(0);
  database = new Surreal();
  await database.connect(env.SPOOKY_DATABASE_URL ?? '', { namespace: 'main', database: 'mini', authentication: OWNER });

  expect((await spooky('list')).text).toBe(
    'nightly  new  0 3 * * * Europe/Berlin  /spookify\noften    new  every 5 min              /spookify\n',
  );
  expect(await spooky('pause nightly')).toMatchObject({ code: 0, text: 'paused nightly\n' });
  expect((await spooky('list')).text).toMatch(/^nightly {2}paused {2}0 3 \* \* \* Europe\/Berlin {2}\/spookify\n/);
  expect((await spooky('resume nightly --json')).events).toEqual([{ event: 'resumed', schedule: 'nightly' }]);
  const { events } = await spooky('list --json');
  expect(events).toMatchObject([
    { event: 'schedules', schedules: [{ name: 'nightly', state: 'active', skipped: 0 }, { state: 'new' }] },
  ]);
  expect((await spooky('list')).text).toMatch(/^nightly {2}active .* {2}next \d{4}-\d\d-\d\dT0[12]:00:00\.000Z\n/);

  expect((await spooky('runs nightly')).text).toBe('no jobs\n');
  const triggered = await spooky('trigger nightly --json');
  expect(triggered.events).toMatchObject([{ event: 'triggered', schedule: 'nightly', job: expect.any(String) }]);
  expect((await spooky('trigger nightly')).text).toMatch(/^added job:schedule_nightly__\w+\n$/);
  await database.query(`CREATE job SET path = '/spookify'`);
  expect((await spooky('runs nightly')).text.trim().split('\n')).toHaveLength(2);
  const [newest] = (await spooky('runs nightly --limit 1 --json')).events;
  expect(newest).toMatchObject({
    event: 'runs',
    schedule: 'nightly',
    jobs: [{ status: 'pending', path: '/spookify' }],
  });

  expect(await migrate()).toBe(0);
  expect((await spooky('list --json')).events).toMatchObject([{ schedules: [{ state: 'active' }, { state: 'new' }] }]);
});

it('reports mistakes with a remedy', async () => {
  expect(await spooky('pause nigtly')).toMatchObject({
    code: 1,
    text: expect.stringContaining('There is no schedule nigtly; did you mean nightly?'),
  });
  expect((await spooky('runs other')).text).toContain('sp00ky.yml has nightly, often.');
});

it('asks for a migration if the table is missing', async () => {
  await database.query('REMOVE TABLE spooky_schedule');
  expect((await spooky('list')).text).toContain('nightly  new');
  for (const args of ['pause nightly', 'trigger nightly']) {
    expect((await spooky(args)).text).toContain('The database has no table for schedules yet; run spooky db migrate.');
  }
});
