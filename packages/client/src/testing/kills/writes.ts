import type { Random } from '../../../../gateway/src/testing/random.ts';
import { RecordId } from '../../index.ts';
import type { Effect } from './effects.ts';
import type { Call } from './ledger.ts';
import type { Person, Tab } from './person.ts';

const KINDS = ['create', 'update', 'comment', 'delete', 'run', 'runOnce'] as const;
export type WriteKind = (typeof KINDS)[number];

/** Of ten writes. */
const SHARES = { create: 2, update: 4, comment: 2, run: 1, runOnce: 1 } as const;
const ACTS = Object.entries(SHARES).flatMap(([kind, share]) => Array<string>(share).fill(kind));
/** A person has at most this many threads. The oldest one is then deleted. */
const THREADS_MAX = 8;

interface Thread {
  readonly id: RecordId<'thread'>;
  /** Its last call. */
  last: Called;
  /** The last job that is about it. */
  job: Called | undefined;
}

interface Called {
  readonly tab: Tab;
  readonly call: Call;
  readonly stored: Promise<void>;
}

/** What a tab was promised for a write. */
export interface Promised {
  readonly tab: Tab;
  readonly call: Call;
  readonly saved: Promise<unknown>;
  outcome: 'open' | 'saved' | { readonly code: string };
}

/** Makes random writes, without waiting for any, and keeps what was called and what the tabs were promised. */
export class RandomWrites {
  readonly #random: Random;
  readonly #threads = new Map<Person, Thread[]>();
  /** The last unique key that each person has used. */
  readonly #keys = new Map<Person, string>();
  readonly counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<WriteKind, number>;
  readonly calls: Call[] = [];
  readonly promises: Promised[] = [];
  /** Calls that were stored, but whose tab was killed before they returned. */
  interrupted = 0;
  /** Calls of living tabs that have failed. */
  readonly faults: string[] = [];
  #value = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get count(): number {
    return this.calls.length;
  }

  /** Resolves when the write is called. */
  async random(person: Person): Promise<void> {
    const { pick, chance } = this.#random;
    const tab = pick(person.tabs);
    const threads = this.#threadsOf(person);
    const [oldest] = threads;
    if (oldest === undefined) {
      this.create(person);
      return;
    }
    if (threads.length > THREADS_MAX) return await this.#delete(threads, oldest, tab);
    const thread = chance(0.5) ? (threads.at(-1) ?? oldest) : pick(threads);
    switch (pick(ACTS)) {
      case 'create': {
        this.create(person);
        return;
      }
      case 'comment':
        return await this.#comment(thread, tab);
      case 'run':
        return await this.#run(thread, tab);
      case 'runOnce':
        return this.#runOnce(person, tab);
      default:
        return await this.#update(thread, tab);
    }
  }

  /** Creates a thread. Returns the tab and what it is promised. */
  create(person: Person): { readonly tab: Tab; readonly promised: Promise<Promised> } {
    const tab = this.#random.pick(person.tabs);
    const id = new RecordId('thread', this.#next('t'));
    const values = { title: this.#next('title'), content: this.#next('content') };
    const called = this.#call('create', tab, String(id), values, () => tab.db.create('thread', { id, ...values }));
    this.#threadsOf(person).push({ id, last: called, job: undefined });
    return { tab, promised: called.promised };
  }

  async #update(thread: Thread, tab: Tab): Promise<void> {
    if (!(await this.#follow(thread, tab))) return;
    const name = this.#random.pick(['title', 'content'] as const);
    const values = { [name]: this.#next(name) };
    const called = this.#call('update', tab, String(thread.id), values, () => tab.db.update(thread.id, values));
    thread.last = called;
  }

  async #comment(thread: Thread, tab: Tab): Promise<void> {
    if (!(await this.#follow(thread, tab))) return;
    const content = this.#next('comment');
    thread.last = this.#call('comment', tab, content, {}, () =>
      tab.db.create('comment', { thread: thread.id, content }),
    );
  }

  async #delete(threads: Thread[], thread: Thread, tab: Tab): Promise<void> {
    threads.splice(threads.indexOf(thread), 1);
    if (!(await this.#follow(thread, tab))) return;
    const { job } = thread;
    // In the tab of the job the delete keeps its place by itself, although `run` checks its payload first.
    if (job !== undefined && job.tab !== tab) await Promise.race([job.stored, job.tab.killed]);
    this.#call('delete', tab, String(thread.id), {}, () => tab.db.delete(thread.id));
  }

  async #run(thread: Thread, tab: Tab): Promise<void> {
    if (!(await this.#follow(thread, tab))) return;
    const id = `thread:${this.#next('job')}`;
    thread.job = this.#call('run', tab, id, {}, () =>
      tab.db.run('api', '/spookify', { id }, { assignedTo: thread.id }),
    );
  }

  /** Several calls with one key make one job. */
  #runOnce(person: Person, tab: Tab): void {
    const known = this.#keys.get(person);
    const uniqueKey = known === undefined || this.#random.chance(0.5) ? this.#next('key') : known;
    this.#keys.set(person, uniqueKey);
    const id = `thread:${uniqueKey}`;
    this.#call('runOnce', tab, id, {}, () => tab.db.run('api', '/spookify', { id }, { uniqueKey }));
  }

  /** Waits until a tab may write after the last call of a thread. Returns whether the thread can exist. */
  async #follow({ last }: Thread, tab: Tab): Promise<boolean> {
    const { call } = last;
    if (last.tab !== tab) await Promise.race([last.stored, last.tab.killed]);
    // The tab was killed in the call that creates the thread.
    return call.isStored || call.event !== 'CREATE' || last.tab === tab;
  }

  #call(
    kind: WriteKind,
    tab: Tab,
    record: string,
    values: Effect['values'],
    write: () => Promise<unknown>,
  ): Called & { readonly promised: Promise<Promised> } {
    const event = kind === 'update' ? 'UPDATE' : kind === 'delete' ? 'DELETE' : 'CREATE';
    const call: Call = { event, record, values, isStored: false };
    this.calls.push(call);
    this.counts[kind] += 1;
    const promised = write().then((result) => {
      call.isStored = true;
      if (tab.isKilled) this.interrupted += 1;
      return this.#promise(tab, call, savedOf(result));
    });
    const stored = promised.then(
      () => undefined,
      (error) => {
        if (!tab.isKilled) this.faults.push(`${record}: the call of ${tab.name} has failed: ${error}`);
      },
    );
    return { tab, call, stored, promised };
  }

  #promise(tab: Tab, call: Call, saved: Promise<unknown>): Promised {
    const promised: Promised = { tab, call, saved, outcome: 'open' };
    this.promises.push(promised);
    saved.then(
      () => {
        promised.outcome = 'saved';
      },
      (error) => {
        promised.outcome = { code: error.code };
      },
    );
    return promised;
  }

  #threadsOf(person: Person): Thread[] {
    const known = this.#threads.get(person) ?? [];
    this.#threads.set(person, known);
    return known;
  }

  #next(name: string): string {
    this.#value += 1;
    return `${name}${this.#value}`;
  }
}

/** `run` resolves with an id alone. */
function savedOf(result: unknown): Promise<unknown> {
  const { saved } = Object(result);
  return saved ?? Promise.resolve();
}
