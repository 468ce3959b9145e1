/**
 * Kills the database under load and starts it again. Every connection and every user session must reconnect, and no
 * acknowledged write may be missing.
 *
 * Five rounds by default. `npm run kills -w packages/surreal-link` runs fifty and also requires each reconnect within
 * the promised two seconds, which a busy test machine could not meet.
 */
import { expect, it, onTestFinished, vi } from 'vitest';
import { createLink, withLink } from './link.ts';
import { createSessionPool } from './sessions/session-pool.ts';
import { NAMES, prepare, ROOT } from './testing/database.ts';
import { type KillableServer, reusablePort, startKillableServer, temporaryFolder } from './testing/killable-server.ts';
import { startWriter, type Writer } from './testing/load.ts';

const COMMAND = process.env.SPOOKY_KILL_ROUNDS;
const ROUNDS = Number(COMMAND ?? 5);
const BACK_WITHIN_MS = 2_000;
const LINKS = 4;
const USERS = 48;
/** Fewer than a server accepts, so that there are several connections. */
const SESSIONS_PER_CONNECTION = 16;

const AS_SERVICE = 'CREATE type::record("entry", [$writer, $number])';
const AS_USER = 'BEGIN; CREATE type::record("note", [$writer, $number]) SET author = $auth.id; COMMIT';
const EXPECTED_ERRORS = /^SPOOKY_LINK_(AWAY|LOST|SILENT)$/;

it(`reconnects everything and loses no acknowledged write when the database is killed ${ROUNDS} times`, {
  timeout: 120_000 + ROUNDS * 60_000,
}, async () => {
  const folder = await temporaryFolder();
  const port = await reusablePort();
  let server: KillableServer = await startKillableServer(folder, port);
  onTestFinished(() => server.kill());
  const database = await prepare(server.url, () => server.kill());
  await database.asOwner((owner) => owner.query('DEFINE TABLE entry'));

  const patient = { ...database.options, waitMs: 60_000 };
  const links = Array.from({ length: LINKS }, () => createLink(patient));
  const pool = createSessionPool({ ...patient, sessionsPerConnection: SESSIONS_PER_CONNECTION });
  onTestFinished(async () => {
    await Promise.all([...links.map((link) => link.close()), pool.close()]);
  });
  await Promise.all([...links.map((link) => link.open()), pool.open()]);
  const users = await Promise.all(
    Array.from({ length: USERS }, async (_, index) => {
      const token = await database.signUp(`user-${index}`);
      return pool.session(() => ({ token }));
    }),
  );
  const linkWriters = links.map((link, index) => startWriter(`link-${index}`, link, AS_SERVICE));
  const userWriters = users.map((user, index) => startWriter(`user-${index}`, user, AS_USER));
  const writers = [...linkWriters, ...userWriters];

  const back = { links: [] as number[], sessions: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = total(writers);
    // Each round is killed at another moment, and only once there are new writes to lose.
    await vi.waitFor(() => expect(total(writers) - before).toBeGreaterThan(200 + round * 17), {
      timeout: 60_000,
      interval: 1,
    });
    await Promise.all(writers.map((writer) => writer.nextAcknowledged()));
    await server.kill();
    server = await startKillableServer(folder, port);
    const readyAt = performance.now();
    const times = (some: readonly Writer[]) =>
      Promise.all(some.map(async (each) => (await each.nextAcknowledged()) - readyAt));
    const [linkTimes, sessionTimes] = await Promise.all([times(linkWriters), times(userWriters)]);
    back.links.push(...linkTimes);
    back.sessions.push(...sessionTimes);
  }
  await vi.waitFor(
    () => expect(pool.size).toEqual({ connections: USERS / SESSIONS_PER_CONNECTION, sessions: USERS }),
    60_000,
  );
  await Promise.all(writers.map((writer) => writer.stop()));

  await withLink({ ...database.options, ...ROOT, ...NAMES, levels: ['root'] }, async (owner) => {
    for (const [table, some] of [['entry', linkWriters] as const, ['note', userWriters] as const]) {
      for (const { name, acknowledged } of some) {
        const stored = new Set(
          await owner.query<number[]>(`SELECT VALUE record::id(id)[1] FROM ${table}:[$name, NONE]..[$name, ..]`, {
            name,
          }),
        );
        expect([...acknowledged].filter((number) => !stored.has(number))).toEqual([]);
      }
    }
  });
  const codes = new Set(writers.flatMap(({ errors }) => [...errors.keys()]));
  for (const code of codes) expect(code).toMatch(EXPECTED_ERRORS);
  console.log(
    `${ROUNDS} kills, ${total(writers)} acknowledged writes, all there; back after the server was ready, ms: ` +
      `links median ${median(back.links)} max ${Math.round(Math.max(...back.links))}, ` +
      `sessions median ${median(back.sessions)} max ${Math.round(Math.max(...back.sessions))}`,
  );
  if (COMMAND !== undefined) {
    expect(Math.max(...back.links)).toBeLessThan(BACK_WITHIN_MS);
    expect(Math.max(...back.sessions)).toBeLessThan(BACK_WITHIN_MS);
  }
});

const total = (writers: readonly Writer[]): number =>
  writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}
