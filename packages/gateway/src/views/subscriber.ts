import type { Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { Plan } from '../plans/plan.ts';

/** One socket, as the views see it. Compared by identity: keep one object for each socket. */
export interface Subscriber {
  /** The user whose permissions apply. */
  readonly reader: RecordId;
  /** Sends one frame, as it is. Never throws, also after the socket has closed. */
  send(text: string): void;
  /** Bytes that were sent and that the socket has not passed on yet. */
  readonly unsentBytes: number;
  /** Closes the socket with one of CLOSE_REASONS; `leave` follows. */
  close(code: number, reason: string): void;
  /** The user's own session in the database, in which the database applies the permissions. */
  readonly engine: Queries;
}

/** What changed: ids of rows, or `reset` if anything may have changed. */
export type Changes = readonly RecordId[] | 'reset';

export interface LiveViewsStats {
  readonly views: number;
  readonly subscriptions: number;
  /** Bytes of the rows of all views, about. */
  readonly bytes: number;
  readonly rounds: number;
  /** Rounds that lost against another gateway and ran again. */
  readonly conflicts: number;
  /** The number of the last batch shown. */
  readonly position: number;
  /** First snapshots that were compared with the reader's own session, and those that differed. */
  readonly proofs: number;
  readonly proofsFailed: number;
}

/** Keeps the results of plans up to date and sends what changes. */
export interface LiveViews {
  /** Resolves when the schema was read and rounds run. Rejects if the database cannot be read at all. */
  start(): Promise<void>;
  /** Ends it. Resolves when nothing is under way. May be called again. Sockets are not closed. */
  stop(): Promise<void>;
  /**
   * Answers with `subscribed` and, after the next round, with `begin`, `snapshot` or `same` or `failed`, `commit`; or with
   * `rejected`. Subscriptions made in one turn of the event loop begin in the same round.
   *
   * @param id chosen by the client; not in use on this socket
   * @param plan checked against the schema
   * @param digest what the client has of this plan; see wire/digest.ts
   */
  subscribe(subscriber: Subscriber, id: number, plan: Plan, digest?: string): void;
  /** No frames for this subscription from now on. An unknown id is ignored. */
  unsubscribe(subscriber: Subscriber, id: number): void;
  /** The socket is gone. May be called again. */
  leave(subscriber: Subscriber): void;
  /**
   * The number of the first round whose snapshot is taken after this call: what was committed before shows in it. The
   * round follows soon. A subscriber that is given is sent its `begin` and `commit`, also if nothing changes for it.
   */
  nextRound(subscriber?: Subscriber): number;
  /** Something was written, or may have been: a round follows soon. */
  wake(): void;
  /** Calls the listener after each round that saw changes, when they were published. Returns what ends it. */
  onChanges(listener: (changes: Changes) => void): () => void;
  readonly stats: LiveViewsStats;
}
