/*
 * Measures how much memory an idle tab costs a gateway. Each tab belongs to another user, and shows that user's thread with
 * its author and newest job, and the list of the newest threads, which is the same for all. A garbage collection comes before
 * each measurement.
 *
 *   TABS=1000
 */
import { createHash, randomBytes } from 'node:crypto';
import { RecordId } from 'surrealdb';
import { type Benchmark, round } from '../../../bench/measure.ts';
import { startCluster } from './testing/kills/cluster.ts';
import type { ServerFrame, WirePlan } from './wire/index.ts';

const TABS = Number(process.env.TABS ?? 1_000);
const AT_ONCE = 20;

const SCHEMA = `
  DEFINE TABLE user SCHEMAFULL PERMISSIONS FOR select FULL;
  DEFINE FIELD name ON user TYPE string;
  DEFINE TABLE thread SCHEMAFULL PERMISSIONS FOR select FULL;
  DEFINE FIELD title ON thread TYPE string;
  DEFINE FIELD content ON thread TYPE string;
  DEFINE FIELD author ON thread TYPE record<user>;
  DEFINE FIELD at ON thread TYPE datetime DEFAULT time::now();
  DEFINE INDEX thread_at ON thread FIELDS at;
  DEFINE TABLE job SCHEMAFULL PERMISSIONS FOR select WHERE assigned_to.author = $auth.id;
  DEFINE FIELD assigned_to ON job TYPE record<thread>;
  DEFINE FIELD status ON job TYPE string;
  DEFINE INDEX job_assigned_to ON job FIELDS assigned_to;`;

const bench: Benchmark = async (progress) => {
  const cluster = await startCluster({ schema: SCHEMA, gateways: 1 });
  const [gateway] = cluster.gateways;
  if (gateway === undefined) throw new TypeError('there is one gateway');
  try {
    const people = Array.from({ length: TABS + AT_ONCE }, (_, index) => ({
      user: new RecordId('user', `user${index}`),
      thread: new RecordId('thread', `thread${index}`),
      token: randomBytes(32).toString('base64url'),
    }));
    await cluster.owner.queryAll(
      `FOR $one IN $people {
        CREATE $one.user SET name = 'A person of the benchmark';
        CREATE $one.session SET user = $one.user, access = 'account', expires_at = time::now() + 1d;
        CREATE $one.thread SET title = 'A thread', content = 'Some sentences that somebody has written.', author = $one.user;
        CREATE job SET assigned_to = $one.thread, status = 'success';
      }`,
      {
        people: people.map(({ user, thread, token }) => ({
          user,
          thread,
          session: new RecordId('spooky_session', createHash('sha256').update(token).digest('hex')),
        })),
      },
      { timeoutMs: 120_000 },
    );
    // The first tabs compile code and fill caches.
    const warm = await openTabs(gateway.url, people.slice(0, AT_ONCE));
    const before = await gateway.state();
    const tabs: WebSocket[] = [];
    for (let from = AT_ONCE; from < people.length; from += AT_ONCE) {
      tabs.push(...(await openTabs(gateway.url, people.slice(from, from + AT_ONCE))));
    }
    const after = await gateway.state();
    progress(`${tabs.length} tabs: ${JSON.stringify(after.stats.views)}`);
    for (const socket of [...warm, ...tabs]) socket.close();
    const perTab = (bytes: number): number => round(bytes / 1_024 / tabs.length);
    return {
      tabs: tabs.length,
      heapPerTabKiB: perTab(after.heap - before.heap),
      residentPerTabKiB: perTab(after.rss - before.rss),
      heapBeforeMiB: round(before.heap / 2 ** 20),
    };
  } finally {
    await cluster.close();
  }
};
export default bench;

interface Person {
  readonly thread: RecordId;
  readonly token: string;
}

function openTabs(url: string, people: readonly Person[]): Promise<WebSocket[]> {
  return Promise.all(people.map((person) => openTab(url, person)));
}

/** Resolves when the tab has its data. */
function openTab(url: string, { thread, token }: Person): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const address = `${url.replace(/^http/, 'ws')}/spooky/socket?protocol=2`;
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } } as unknown as string[]);
  socket.addEventListener('close', ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
  socket.addEventListener('message', ({ data }) => {
    const frame: ServerFrame = JSON.parse(String(data));
    if (frame.type === 'hello') {
      for (const [id, plan] of plansOf(String(thread.id)).entries()) {
        socket.send(JSON.stringify({ type: 'subscribe', id, plan }));
      }
    } else if (frame.type === 'failed' || frame.type === 'rejected') reject(new Error(JSON.stringify(frame)));
    else if (frame.type === 'commit') resolve(socket);
  });
  return promise;
}

function plansOf(thread: string): WirePlan[] {
  const author = { name: 'author', many: false, field: 'author', plan: { table: 'user' } };
  const jobs = { name: 'jobs', many: true, field: 'assigned_to', plan: { table: 'job', limit: 1 } };
  return [
    {
      table: 'thread',
      where: { field: 'id', is: 'eq', value: { $r: ['thread', thread] } },
      related: [author, jobs],
      single: true,
    },
    { table: 'thread', orderBy: [{ field: 'at', descending: true }], limit: 20, related: [author] },
  ];
}
