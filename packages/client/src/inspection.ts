import type { ClientFrame, ServerFrame } from '@spookify/gateway/wire';
import type { LiveQuery } from './live/live-query.ts';
import type { PendingWrite } from './queue/pending-write.ts';

/** What happens inside of a client. */
export type ClientEvent =
  /** A frame was sent or has arrived. `text` is its JSON. An arrived one is not handled yet. */
  | { readonly kind: 'sent'; readonly frame: ClientFrame; readonly text: string }
  | { readonly kind: 'received'; readonly frame: ServerFrame; readonly text: string }
  /** These queries have data of this state of the database, and do not show it yet. */
  | { readonly kind: 'round'; readonly queries: readonly LiveQuery[]; readonly round: Round }
  /** These queries have new states, and their listeners are about to be called. */
  | { readonly kind: 'shown'; readonly queries: readonly LiveQuery[] }
  /** The pending writes have changed. */
  | { readonly kind: 'queue' };

/** A state of the database: the gateway's round, and the number of the last change in it. */
export interface Round {
  readonly round: number;
  readonly position: number;
}

/** Where a client reports what it does. Without a listener an event costs one check. */
export interface Tap {
  /** Must not throw. */
  listener?: ((event: ClientEvent) => void) | undefined;
}

/** The key of a client's `Inspection`. */
export const INSPECT: unique symbol = Symbol.for('spookify.inspect');

/** What developer tools may read of a client. */
export interface Inspection {
  readonly tap: Tap;
  /** The live queries. */
  readonly queries: Iterable<LiveQuery>;
  /** The writes of the queue in their order. */
  readonly writes: readonly PendingWrite[];
}
