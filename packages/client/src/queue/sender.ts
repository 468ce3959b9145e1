import type { Exchange, Outcome, WriteSocket } from '../write/exchange.ts';
import { isTransient } from '../write/transient.ts';
import { isOpen, type PendingWrite, type WriteFailure, type WriteState } from './pending-write.ts';
import { made, refused, stepped, withDependentsBlocked } from './queue-changes.ts';
import { failureOf } from './write-failure.ts';
import type { WriteQueue } from './write-queue.ts';

export interface SenderOptions {
  readonly queue: WriteQueue;
  readonly exchange: Pick<Exchange, 'write'>;
  /** Whether this tab is the one that sends. */
  readonly isLeader: () => boolean;
  /** Called when the gateway has made a write, before the queue knows it. The round shows the write on this socket. */
  readonly onMade: (key: string, round: number, socket: WriteSocket) => void;
}

/** Maximum number of writes without an answer. The gateway accepts 32 per socket, and some are left for direct writes. */
const AT_ONCE = 16;
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 5_000;

/**
 * Sends the pending writes in their order. Writes that touch no common record do not wait for each other. A write that
 * was not answered is sent again with its key on the next socket, so it has one effect.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #underWay = new Set<string>();
  #socket: WriteSocket | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  /** Answers in a row that asked for a pause. */
  #refusals = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** A socket of the user whose writes these are is open. */
  open(socket: WriteSocket): void {
    this.#socket = socket;
    this.wake();
  }

  lost(): void {
    this.#socket = undefined;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#refusals = 0;
  }

  /** Sends what may be sent now. Called after every change of the queue. */
  wake(): void {
    if (this.#socket === undefined || this.#pause !== undefined || !this.#options.isLeader()) return;
    if (this.#underWay.size >= AT_ONCE) return;
    for (const entry of this.#ready()) {
      void this.#send(entry, this.#socket);
      if (this.#underWay.size >= AT_ONCE) return;
    }
  }

  /** The stored writes that wait for no earlier one, and that are not under way. */
  *#ready(): Iterable<PendingWrite> {
    const written = new Set<string>();
    const touched = new Set<string>();
    for (const entry of this.#options.queue.unconfirmed) {
      const isBlocked = touched.has(entry.record) || entry.touches.some((record) => written.has(record));
      if (!isBlocked && !this.#underWay.has(entry.key)) yield entry;
      written.add(entry.record);
      for (const record of entry.touches) touched.add(record);
    }
  }

  async #send({ key }: PendingWrite, socket: WriteSocket): Promise<void> {
    const { queue, exchange } = this.#options;
    this.#underWay.add(key);
    try {
      // From here on nothing is merged into it. What was merged until now is sent.
      const entry = await queue.change(key, (related) => stepped(related, key, { type: 'sent' }));
      if (entry === undefined || !isOpen(entry.state) || socket !== this.#socket) return;
      await this.#settle(entry, await exchange.write(socket, entry.write, key), socket);
    } catch {
      // The storage failed. The write is sent again, and its key prevents a second effect.
      this.#wait(PAUSE_MAX_MS);
    } finally {
      this.#underWay.delete(key);
      this.wake();
    }
  }

  async #settle({ key }: PendingWrite, outcome: Outcome, socket: WriteSocket): Promise<void> {
    const { queue, onMade } = this.#options;
    switch (outcome.type) {
      case 'written':
        this.#refusals = 0;
        onMade(key, outcome.visibleIn, socket);
        await queue.change(key, (related) => made(related, key, outcome.result));
        return;
      case 'refused': {
        const { error } = outcome;
        if (isTransient(error)) {
          this.#refusals += 1;
          this.#wait(error.retryInMs ?? Math.min(PAUSE_MS * 2 ** this.#refusals, PAUSE_MAX_MS));
          return;
        }
        this.#refusals = 0;
        await this.#refuse(key, failureOf(error));
        return;
      }
      case 'too-large':
        await this.#refuse(key, { code: outcome.error.code, message: outcome.error.message });
        return;
      default:
        // Sent again on the next socket.
        return;
    }
  }

  /** Refuses a write, and everything that depends on it. */
  async #refuse(key: string, failure: WriteFailure): Promise<void> {
    const { queue } = this.#options;
    await queue.change(key, (related) => refused(related, key, failure));
    const done = new Set<string>();
    for (;;) {
      const blocked = queue.failed.find((entry) => !done.has(entry.key) && isBlockedBy(entry.state, key));
      if (blocked === undefined) return;
      done.add(blocked.key);
      await queue.change(blocked.key, (related) => withDependentsBlocked(related, blocked.key));
    }
  }

  /** Sends nothing for about this time. */
  #wait(delayMs: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(
      () => {
        this.#pause = undefined;
        this.wake();
      },
      delayMs * (0.75 + Math.random() / 2),
    );
  }
}

function isBlockedBy(state: WriteState, key: string): boolean {
  return state.kind === 'failed' && state.failure.blockedBy === key;
}
