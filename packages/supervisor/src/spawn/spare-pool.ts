import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { isSuspendedOrDead } from '../diagnosis/proc-status.ts';
import { SupervisorError } from '../errors.ts';
import { Deadline } from '../terminate/deadline.ts';
import { signalTree } from '../terminate/process-tree.ts';
import type { ReaperLink } from '../terminate/reaper-link.ts';
import { forkRuntime, type RuntimeSetup } from './runtime-process.ts';

/**
 * The delay before a taken spare is replaced. An immediate fork would compete with the start of the process that took
 * it.
 */
const REFILL_MS = 50;
/** The delay after a spare that did not load. It doubles up to LAST_RETRY_MS. */
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;
/** How long the operating system may take to end killed processes. */
const KILL_GRACE_MS = 2000;

/**
 * The spares with one setup.
 *
 *   fork ──idle──▶ ready ──take──▶ (a process)
 *    │               └── dies ──▶ replaced after REFILL_MS
 *    └── dies ──▶ replaced with a growing delay
 */
export class SparePool {
  readonly #setup: RuntimeSetup;
  readonly #reaper: Pick<ReaperLink, 'add' | 'remove'>;
  /** Each spare, whether it has loaded, and how to hand it over. */
  readonly #spares = new Map<ChildProcess, { isReady: boolean; release(): void }>();
  #wanted = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #filled = Promise.withResolvers<void>();

  constructor(setup: RuntimeSetup, reaper: Pick<ReaperLink, 'add' | 'remove'>) {
    this.#setup = setup;
    this.#reaper = reaper;
  }

  get ready(): number {
    return [...this.#spares.values()].filter(({ isReady }) => isReady).length;
  }

  async keep(count: number): Promise<void> {
    this.#wanted = count;
    this.#filled.resolve(); // a newer count replaces the previous request
    this.#filled = Promise.withResolvers();
    this.#filled.promise.catch(() => {});
    const surplus = [...this.#spares.keys()].slice(count);
    for (const child of surplus) this.#end(child);
    this.#fill();
    await this.#filled.promise;
  }

  take(): ChildProcess | undefined {
    for (const [child, { isReady, release }] of this.#spares) {
      if (!isReady) continue;
      release();
      this.#fillAfter(REFILL_MS);
      if (child.connected && child.pid !== undefined && !isSuspendedOrDead(child.pid)) return child;
      child.once('exit', () => child.pid !== undefined && this.#reaper.remove(child.pid));
      this.#end(child);
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#wanted = 0;
    clearTimeout(this.#timer);
    this.#filled.resolve();
    const grace = new Deadline();
    const gracePeriod = new Promise<void>((resolve) => grace.arm(KILL_GRACE_MS, resolve, true));
    const ends = [...this.#spares.keys()].map((child) => new Promise<void>((resolve) => child.once('exit', resolve)));
    for (const child of this.#spares.keys()) this.#end(child);
    await Promise.race([Promise.all(ends), gracePeriod]);
    grace.disarm();
  }

  #fillAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fill(), ms);
    this.#timer.unref();
  }

  #fill(): void {
    while (this.#spares.size < this.#wanted) this.#add();
    if (this.ready >= this.#wanted) this.#filled.resolve();
  }

  #add(): void {
    const child = forkRuntime(this.#setup, 'spare');
    const spare = {
      isReady: false,
      release: () => {
        this.#spares.delete(child);
        child.off('message', onMessage).off('exit', onEnd);
        keepHostAlive(child, true);
      },
    };
    const onMessage = (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('type' in message) || message.type !== 'idle') return;
      spare.isReady = true;
      keepHostAlive(child, false); // until then a caller may be waiting for it
      this.#failures = 0;
      if (this.ready >= this.#wanted) this.#filled.resolve();
    };
    const onEnd = () => {
      if (child.pid !== undefined) this.#reaper.remove(child.pid);
      this.#spares.delete(child);
      if (this.#wanted === 0) return;
      if (spare.isReady) return this.#fillAfter(REFILL_MS);
      this.#filled.reject(loadFailed(child));
      this.#fillAfter(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures++, 10)));
    };
    this.#spares.set(child, spare);
    child.on('message', onMessage).on('exit', onEnd);
    // A dead child's pipe raises `error` too. A child that could not be forked has no exit event.
    child.on('error', () => child.pid === undefined && this.#spares.has(child) && onEnd());
    if (child.pid !== undefined) this.#reaper.add(child.pid);
  }

  #end(child: ChildProcess): void {
    if (child.pid === undefined) return;
    signalTree(child.pid, 'SIGKILL');
  }
}

/** A spare must not keep a host alive that has nothing else to do. */
function keepHostAlive(child: ChildProcess, alive: boolean): void {
  const how = alive ? 'ref' : 'unref';
  child[how]();
  child.channel?.[how]();
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream[how]();
}

function loadFailed({ exitCode, signalCode }: ChildProcess): SupervisorError {
  const how = signalCode === null ? `with code ${exitCode}` : `by ${signalCode}`;
  const message = `A spare ended ${how} before it had loaded; check its environment, heapLimitMb and permissions.`;
  return new SupervisorError('SPOOKY_SUPERVISOR_START_FAILED', message);
}
