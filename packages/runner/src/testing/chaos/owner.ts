/**
 * The owner of the jobs: a person who signs up, inserts jobs and makes requests, and repeats each until it is
 * acknowledged.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isConflict } from '@spookify/surreal-link';
import { Duration, RecordId, Surreal } from 'surrealdb';
import type { DatabaseOptions } from '../../connection.ts';
import { characterOf } from './behaviour.ts';
import type { OwnerRequest } from './evidence.ts';
import { draws } from './random.ts';

export interface Owner {
  /** Inserts in one statement; resolves when the database has acknowledged them. */
  insert(jobs: readonly string[]): Promise<void>;
  /** True if a row in one of the states accepted the request. */
  ask(job: string, request: OwnerRequest['request'], states: readonly string[]): Promise<boolean>;
  /** How often the job was rerun. */
  reruns(job: string): Promise<number>;
  close(): Promise<void>;
}

const PERSON = { username: 'owner-of-a-storm', password: 'owner-of-a-storm' };
const ANSWER_MS = 10_000;
const TRY_AGAIN_MS = 20;
const PATIENCE_MS = 60_000;

interface Connected {
  readonly client: Surreal;
  /** Rejects when the connection is lost. */
  readonly lost: Promise<never>;
}

export function createOwner({ url, namespace, database }: DatabaseOptions, seed: number): Owner {
  let connecting: Promise<Connected> | undefined;

  async function connect(): Promise<Connected> {
    const client = new Surreal();
    const lost = new Promise<never>((_, reject) => {
      // A refused connection is reported by this event only.
      client.subscribe('disconnected', () => reject(new Error('the database is away')));
    });
    lost.catch(() => {});
    const access = { namespace, database, access: 'account', variables: PERSON };
    try {
      await within(lost, client.connect(url, { namespace, database, reconnect: false }));
      await within(
        lost,
        client.signin(access).catch(() => client.signup(access)),
      );
      return { client, lost };
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Repeats the work until the database acknowledges it. */
  async function insistently<T>(work: (client: Surreal) => Promise<T>): Promise<T> {
    const from = performance.now();
    for (;;) {
      connecting ??= connect();
      const used = connecting;
      try {
        const { client, lost } = await used;
        return await within(lost, work(client));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (performance.now() - from > PATIENCE_MS)
          throw new Error(`the database did not acknowledge the owner's work: ${message}`);
        if (!isConflict(error)) await drop(used);
        await delay(TRY_AGAIN_MS);
      }
    }
  }

  async function drop(used = connecting): Promise<void> {
    // Several calls may have waited for the same connection.
    if (connecting === used) connecting = undefined;
    const connected = await used?.catch(() => undefined);
    await connected?.client.close();
  }

  return {
    async insert(jobs) {
      const rows = jobs.map((job) => rowOf(seed, job));
      // If an answer is lost, the rows may be inserted or not; the repetition settles it.
      await insistently((client) => client.query('INSERT IGNORE INTO job $rows RETURN NONE', { rows }));
    },
    async ask(job, request, states) {
      const bindings = { id: recordOf(job), request, states };
      const [taken] = await insistently((client) =>
        client.query<[unknown[]]>(
          'UPDATE $id SET request = $request WHERE status IN $states RETURN VALUE id',
          bindings,
        ),
      );
      return taken.length > 0;
    },
    async reruns(job) {
      const bindings = { id: recordOf(job) };
      const [[reruns = 0]] = await insistently((client) =>
        client.query<[number[]]>('SELECT VALUE reruns FROM $id', bindings),
      );
      return reruns;
    },
    close: () => drop(),
  };
}

function rowOf(seed: number, job: string): Record<string, unknown> {
  const draw = draws(seed, `row ${job}`);
  return {
    id: recordOf(job),
    path: '/spookify',
    payload: { id: 'thread:a' },
    max_retries: Math.floor(draw() * 9),
    retry_strategy: draw() < 0.5 ? 'linear' : 'exponential',
    ...(characterOf(seed, job) === 'stuck' && { timeout: new Duration('1h') }),
  };
}

function recordOf(job: string): RecordId {
  const [table = '', id = ''] = job.split(':');
  return new RecordId(table, id);
}

/** Rejects when the connection is lost, or after a time in which a living database always answers. */
async function within<T>(lost: Promise<never>, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = delay(ANSWER_MS, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`the database did not answer for ${ANSWER_MS} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, lost, late]);
  } finally {
    ended.abort();
  }
}
