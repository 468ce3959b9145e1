import type { Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { Plan } from '../plans/plan.ts';

/** One socket, as the views see it. Compared by identity, so use one object per socket. */
export interface Subscriber {
  /** The user whose permissions apply. */
  readonly reader: RecordId;
  /** Sends one frame unchanged. Never throws, even after the socket has closed. */
  send(text: string): void;
  /** Bytes that were sent but that the socket has not passed on yet. */
  readonly unsentBytes: number;
  /** Closes the socket with one of CLOSE_REASONS; `leave` follows. */
  close(code: number, reason: string): void;
  /** The user's own engine session, in which the database applies the permissions. */
  readonly engine: Queries;
}

/** What changed: ids of rows, or `reset` if anything may have changed. */
export type Changes = readonly RecordId[] | 'reset';

export interface LiveViewsStats {
  readonly views: number;
  readonly subscriptions: number;
  /** The approximate bytes of the rows of all views. */
  readonly bytes: number;
  /** Sockets that are sent nothing until their clients have read. */
  readonly behind: number;
  readonly rounds: number;
  /** Rounds that lost a conflict against another gateway and ran again. */
  readonly conflicts: number;
  /** The number of the last batch shown. */
  readonly position: number;
  /** First snapshots that were compared with the reader's own session, and those that differed. */
  readonly proofs: number;
  readonly proofsFailed: number;
}

/** Keeps the results of plans up to date and sends what changes. */
export interface LiveViews {
  /** Resolves when the schema is read and rounds run. Rejects if the database cannot be read. */
  start(): Promise<void>;
  /** Resolves when nothing is running any more. Safe to call twice. Does not close sockets. */
  stop(): Promise<void>;
  /**
   * Answers with `subscribed` and, after the next round, with `begin`, then `snapshot`, `same` or `failed`, then
   * `commit`; or with `rejected`. Subscriptions made in one turn of the event loop start in the same round.
   *
   * @param id chosen by the client; not in use on this socket
   * @param plan checked against the schema
   * @param digest what the client has of this plan; see wire/digest.ts
   */
  subscribe(subscriber: Subscriber, id: number, plan: Plan, digest?: string): void;
  /** Sends no more frames for this subscription. An unknown id is ignored. */
  unsubscribe(subscriber: Subscriber, id: number): void;
  /** The socket has closed. Safe to call twice. */
  leave(subscriber: Subscriber): void;
  /**
   * The number of the first round whose snapshot is taken after this call. It shows everything that was committed
   * before the call, and follows soon. A given subscriber is sent its `begin` and `commit` even if nothing changes for
   * it.
   *
   * @param openMs how long the transactions may have been open whose changes must show. A change is found by the time at
   *   which it was made, which may be long before its commit. Default: changes of short transactions only
   */
  nextRound(subscriber?: Subscriber, openMs?: number): number;
  /** Something was or may have been written: starts a round soon. */
  wake(): void;
  /** Calls the listener when a round with changes is published. Returns a function that removes the listener. */
  onChanges(listener: (changes: Changes) => void): () => void;
  readonly stats: LiveViewsStats;
}
