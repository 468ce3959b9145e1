import type { WireErrorBody } from '@spookify/gateway/wire';
import type { Exchange, Outcome, WriteSocket } from '../write/exchange.ts';
import { isTransient } from '../write/transient.ts';
import { blockerOf } from './dependencies.ts';
import { isOpen, type PendingWrite, type WriteFailure } from './pending-write.ts';
import { blocked, made, refused, stepped } from './queue-changes.ts';
import { failureOf } from './write-failure.ts';
import type { WriteQueue } from './write-queue.ts';

export interface SenderOptions {
  readonly queue: WriteQueue;
  readonly exchange: Pick<Exchange, 'write'>;
  /** Whether this tab is the one that sends. */
  readonly isLeader: () => boolean;
  /** Called when the gateway has made a write, before the queue knows it. The round shows the write on this socket. */
  readonly onMade: (key: string, round: number, socket: WriteSocket) => void;
  /** Called when the storage fails. Another tab may have one that works. */
  readonly onFailure: () => void;
}

/** Maximum number of writes without an answer. The gateway accepts 32 per socket, and some are left for direct writes. */
const AT_ONCE = 16;
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 5_000;
/** A write whose outcome is unknown so often is refused here, and may be sent again by the user. */
const UNKNOWN_MAX = 10;

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
  /** How often the outcome of a write was unknown, by key. */
  readonly #unknown = new Map<string, number>();

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
      const blocker = blockerOf(this.#options.queue, entry);
      if (blocker === undefined) void this.#send(entry, this.#socket);
      else void this.#while(entry.key, () => this.#block(entry.key, blocker));
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
    await this.#while(key, async () => {
      // From here on nothing is merged into it. What was merged until now is sent.
      const entry = await queue.change(key, (related) => stepped(related, key, { type: 'sent' }));
      if (entry === undefined || !isOpen(entry.state) || socket !== this.#socket) return;
      await this.#settle(entry, await exchange.write(socket, entry.write, key), socket);
    });
  }

  /** The record that a write needs could not be made. */
  async #block(key: string, blocker: PendingWrite): Promise<void> {
    await this.#options.queue.change(key, (related) => blocked(related, key, blocker));
  }

  /** Does something about a write that must not happen twice at a time. */
  async #while(key: string, task: () => Promise<void>): Promise<void> {
    this.#underWay.add(key);
    try {
      await task();
    } catch {
      // The storage failed. The write is sent again, and its key prevents a second effect.
      this.#wait(PAUSE_MAX_MS);
      this.#options.onFailure();
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
        this.#unknown.delete(key);
        onMade(key, outcome.visibleIn, socket);
        await queue.change(key, (related) =>
          made(related, key, { row: outcome.result, ...(outcome.repeat ? { isRepeat: true } : {}) }),
        );
        return;
      case 'refused': {
        const { error } = outcome;
        if (this.#isHopeless(key, error)) {
          await this.#refuse(key, unknownFailure());
          return;
        }
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

  /** Refuses a write and what depends on it directly. What depends on that is blocked when its turn comes. */
  async #refuse(key: string, failure: WriteFailure): Promise<void> {
    this.#unknown.delete(key);
    await this.#options.queue.change(key, (related) => refused(related, key, failure));
  }

  /** Whether the database has failed to finish a write so often that the user must decide. */
  #isHopeless(key: string, { code }: WireErrorBody): boolean {
    if (code !== 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN') return false;
    const count = (this.#unknown.get(key) ?? 0) + 1;
    this.#unknown.set(key, count);
    return count >= UNKNOWN_MAX;
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

function unknownFailure(): WriteFailure {
  return {
    code: 'SPOOKY_CLIENT_OUTCOME_UNKNOWN',
    message: `The outcome of this write is unknown after ${UNKNOWN_MAX} attempts. Retry or discard it: a retry has no second effect.`,
  };
}
