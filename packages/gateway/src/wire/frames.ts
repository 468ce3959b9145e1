import type { WireErrorBody } from './errors.ts';
import type { WirePlan, WireWrite } from './plan.ts';
import type { WireRecordId, WireValue } from './value.ts';

/*
 * The frames of the socket `/spooky/socket`, each one JSON text.
 *
 *   browser                                gateway
 *      │  (upgrade, with the cookie)          │
 *      │ ◀──────────────────────────── hello  │
 *      │  subscribe 1, subscribe 2  ────────▶ │
 *      │ ◀─ begin, snapshot 1, snapshot 2, commit
 *      │  write 7  ─────────────────────────▶ │
 *      │ ◀─────────────────────────── written 7
 *      │ ◀──────────── begin, delta 2, commit │
 *
 * Everything between a `begin` and its `commit` is one state of the database: a client shows it all at once.
 */

/** The version of this format. A gateway closes a socket that asks for another one. */
export const PROTOCOL = 1;

export type ClientFrame =
  /**
   * Keeps a plan up to date under an id that the client chooses, unique on its socket.
   * `digest` is what the client holds of this plan from an earlier socket; the answer may then be `same`.
   */
  | { readonly type: 'subscribe'; readonly id: number; readonly plan: WirePlan; readonly digest?: string }
  | { readonly type: 'unsubscribe'; readonly id: number }
  /** `again`: it was sent before on a socket that broke, so it may have had its effect. */
  | { readonly type: 'write'; readonly id: number; readonly write: WireWrite; readonly again?: boolean }
  /** Asks for a `pong`, to find out whether the connection still stands. */
  | { readonly type: 'ping' };

export type ServerFrame =
  /** The first frame. Durations are in milliseconds from now, so a wrong clock changes nothing. */
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly user: WireRecordId;
      /** When to renew the session. */
      readonly renewInMs: number;
      readonly namespace: string;
      readonly database: string;
    }
  /**
   * A state of the database begins. `round` counts on this gateway, and never decreases on a socket: everything up to this
   * round shows after its `commit`. `position` is the number of the last change batch in it: a client sends the highest it
   * has seen when it connects again, and is shown nothing older.
   */
  | { readonly type: 'begin'; readonly round: number; readonly position: number }
  | { readonly type: 'commit'; readonly round: number; readonly position: number }
  /** The subscription is answered by this view from now on. Equal plans of one socket share a view. */
  | { readonly type: 'subscribed'; readonly id: number; readonly view: number }
  /** The whole of a view: a change from nothing. */
  | ({ readonly type: 'snapshot'; readonly view: number } & ViewChange)
  | ({ readonly type: 'delta'; readonly view: number } & ViewChange)
  /** What the client's digest stands for is still right. */
  | { readonly type: 'same'; readonly view: number }
  /** The view cannot be kept up to date any more, or never could. A later snapshot takes the error back. */
  | { readonly type: 'failed'; readonly view: number; readonly error: WireErrorBody }
  /** This subscription was refused. */
  | { readonly type: 'rejected'; readonly id: number; readonly error: WireErrorBody }
  /**
   * The write is durable. It shows after the first `commit` of round `visibleIn` or a later one at the latest, which follows
   * also if nothing changes; in views that only the database can decide, about a second later. `result` is the row as its
   * writer may see it.
   */
  | { readonly type: 'written'; readonly id: number; readonly result: WireValue; readonly visibleIn: number }
  | { readonly type: 'refused'; readonly id: number; readonly error: WireErrorBody }
  | { readonly type: 'pong' };

/**
 * How a view differs from its last state. A plan is a tree of nodes, numbered in the order in which they are written:
 * 0 is the plan itself, then each relation followed by its own relations. For each node there are rows, by key, and
 * lists of keys, by the key of the parent row; node 0 has the one list of parent ''. A relation to one, and a `single`
 * node, is a list of at most one.
 */
export interface ViewChange {
  /** New and changed rows: node, key, hash of the row, and its fields without the related rows. */
  readonly rows: readonly (readonly [node: number, key: string, hash: string, row: WireRow])[];
  /** Changed lists: node, parent key, and splices to be made one after the other. */
  readonly lists: readonly (readonly [node: number, parent: string, splices: readonly WireSplice[]])[];
}

export type WireSplice = readonly [at: number, remove: number, insert: readonly string[]];
export type WireRow = { readonly [field: string]: WireValue };
