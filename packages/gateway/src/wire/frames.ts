import type { WireErrorBody } from './errors.ts';
import type { WirePlan, WireWrite } from './plan.ts';
import type { WireRecordId, WireValue } from './value.ts';

/*
 * The frames of the socket `/spooky/socket`. Each is one JSON text.
 *
 *   browser                                gateway
 *      │  (upgrade, with the cookie)          │
 *      │ ◀──────────────────────────── hello  │
 *      │  subscribe 1, subscribe 2  ────────▶ │
 *      │ ◀─ begin, snapshot 1, snapshot 2, commit
 *      │  write 7  ─────────────────────────▶ │
 *      │ ◀─────────────────────────── written 7
 *      │ ◀──────────── begin, delta 2, commit │
 *      │  sync 8  ──────────────────────────▶ │
 *      │ ◀────────────────────────── synced 8
 *      │ ◀──────────────────── begin, commit  │
 *
 * Everything between a `begin` and its `commit` is one state of the database. A client shows it all at once.
 */

/** The version of this protocol. A gateway closes a socket that asks for another one. */
export const PROTOCOL = 2;

/** What a client sends. */
export type ClientFrame =
  /**
   * Keeps a plan up to date under an id that the client chooses. The id must be unique on the socket. `digest` is what
   * the client has of this plan from an earlier socket; the answer may then be `same`.
   */
  | { readonly type: 'subscribe'; readonly id: number; readonly plan: WirePlan; readonly digest?: string }
  /** Ends a subscription. */
  | { readonly type: 'unsubscribe'; readonly id: number }
  /**
   * Makes a write once. `id` names the write on this socket. `key` names it for good: the client chooses a random one
   * per write, keeps it for every repeat on any socket and gateway, and never uses it for another write. It is 1 to 64
   * of `a-z`, `A-Z`, `0-9`, `_` and `-`, and has a meaning only for this user. A repeat has no second effect; it is
   * answered with `written` and the row as it is now. Keys are forgotten 30 days after their write was made.
   */
  | { readonly type: 'write'; readonly id: number; readonly write: WireWrite; readonly key: string }
  /** Asks for `synced`, to learn when the socket shows everything that is committed now. */
  | { readonly type: 'sync'; readonly id: number }
  /** Asks for a `pong`, to check the connection. */
  | { readonly type: 'ping' };

/** What a gateway sends. */
export type ServerFrame =
  /** The first frame. Durations are in milliseconds from now, so the client's clock need not be right. */
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
   * Begins a state of the database. `round` counts on this gateway and never decreases on a socket: everything up to
   * this round is shown after its `commit`. `position` is the number of the last change batch in the state. A client
   * that reconnects sends the highest position it has seen, and is shown nothing older.
   */
  | { readonly type: 'begin'; readonly round: number; readonly position: number }
  /** Ends the state. */
  | { readonly type: 'commit'; readonly round: number; readonly position: number }
  /**
   * From now on, this view answers the subscription. Subscriptions of one socket with equal plans share a view.
   * `delayed`: only the database can evaluate this view, so it follows about a second after each round, or later if other
   * such views of the user are slow: they are read one after the other, each for up to two seconds. Sent again, with the
   * same view, when that changes.
   */
  | { readonly type: 'subscribed'; readonly id: number; readonly view: number; readonly delayed?: true }
  /** The whole content of a view: its difference from an empty view. */
  | ({ readonly type: 'snapshot'; readonly view: number } & ViewChange)
  | ({ readonly type: 'delta'; readonly view: number } & ViewChange)
  /** The client's state, as given by its digest, is still right. */
  | { readonly type: 'same'; readonly view: number }
  /** The view cannot be kept up to date any more, or never could be. A later snapshot clears the error. */
  | { readonly type: 'failed'; readonly view: number; readonly error: WireErrorBody }
  /** The subscription was refused. */
  | { readonly type: 'rejected'; readonly id: number; readonly error: WireErrorBody }
  /**
   * The write is durable. It shows at the latest after the first `commit` of round `visibleIn` or a later one, which
   * follows even if nothing changes; in `delayed` views, as they follow. `result` is the row as its writer may see it:
   * null after a delete, after a repeat of a write whose row is gone, and if the row cannot be sent. `repeat`: an earlier
   * attempt has made the write, and the row is the present one, which others may have changed since.
   */
  | {
      readonly type: 'written';
      readonly id: number;
      readonly result: WireValue;
      readonly visibleIn: number;
      readonly repeat?: true;
    }
  /** The write was not made, unless the error says that its outcome is unknown. */
  | { readonly type: 'refused'; readonly id: number; readonly error: WireErrorBody }
  /**
   * The answer to `sync`: everything that was committed until now shows at the latest after the first `commit` of round
   * `visibleIn` or a later one, as after `written`.
   */
  | { readonly type: 'synced'; readonly id: number; readonly visibleIn: number }
  /** The answer to `ping`. */
  | { readonly type: 'pong' };

/**
 * The difference between a view and its last state. A plan is a tree of nodes, numbered in the order in which they are
 * written: 0 is the plan itself, then each relation followed by its own relations. Each node has rows, by key, and
 * lists of keys, by the key of the parent row. Node 0 has one list, of parent ''. For a relation to one, and for a
 * `single` node, a list has at most one key. A list of a `count` node is empty if the number is 0; otherwise it has one
 * key, that of its parent, and the row of this key has only the field `count`.
 */
export interface ViewChange {
  /** New and changed rows: node, key, hash of the row, and its fields without the related rows. */
  readonly rows: readonly (readonly [node: number, key: string, hash: string, row: WireRow])[];
  /** Changed lists: node, parent key, and splices to apply in order. */
  readonly lists: readonly (readonly [node: number, parent: string, splices: readonly WireSplice[]])[];
}

/** Removes `remove` keys at index `at` of a list and inserts keys there. */
export type WireSplice = readonly [at: number, remove: number, insert: readonly string[]];
/** The fields of a row. */
export type WireRow = { readonly [field: string]: WireValue };
