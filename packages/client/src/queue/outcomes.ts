import { decodeValue } from '@spookify/gateway/wire';
import { ClientError } from '../errors.ts';
import { isOpen, type PendingWrite } from './pending-write.ts';
import { errorOf } from './write-failure.ts';

/** Those who wait for the outcome of a pending write, by its key. */
export class Outcomes {
  readonly #waiting = new Map<string, PromiseWithResolvers<unknown>[]>();

  /** Resolves with the stored row when the database has made the write, and rejects when it has refused it. */
  wait(key: string): Promise<unknown> {
    const outcome = Promise.withResolvers<unknown>();
    // Refused writes are in the tray, so this rejection may go unhandled.
    outcome.promise.catch(() => undefined);
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), outcome]);
    return outcome.promise;
  }

  /** A write has a new state. */
  settle({ key, state }: PendingWrite): void {
    if (isOpen(state)) return;
    for (const { resolve, reject } of this.#take(key)) {
      if (state.kind === 'failed') reject(errorOf(state.failure));
      else if ('row' in state) resolve(decodeValue(state.row));
    }
  }

  /** A write has become a part of another one. */
  merge(key: string, into: PendingWrite | undefined): void {
    const waiting = this.#take(key);
    if (waiting.length === 0 || into === undefined) return;
    this.#waiting.set(into.key, [...(this.#waiting.get(into.key) ?? []), ...waiting]);
    this.settle(into);
  }

  /** A write has left the queue before its outcome was known here. */
  giveUp(key: string): void {
    const message =
      'The browser has lost this write, and its outcome is unknown. Read the record before you write again.';
    for (const { reject } of this.#take(key)) reject(new ClientError('SPOOKY_CLIENT_OUTCOME_UNKNOWN', message));
  }

  /** Ends the wait for a write that was never stored. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  rejectAll(error: ClientError): void {
    for (const waiting of this.#waiting.values()) for (const { reject } of waiting) reject(error);
    this.#waiting.clear();
  }

  #take(key: string): readonly PromiseWithResolvers<unknown>[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return waiting;
  }
}
