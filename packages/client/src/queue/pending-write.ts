import type { WireValue, WireWrite } from '@spookify/gateway/wire';
import type { ClientErrorCode } from '../errors.ts';

/**
 * A write that this browser has not seen in the database yet. Plain data, so that it can be stored and sent to other
 * tabs.
 */
export interface PendingWrite {
  /** Identifies the write here and at the gateway, which performs each key once. */
  readonly key: string;
  /** Its position: writes are shown and sent in this order. */
  readonly order: number;
  /** The user who made it, as text. No other user may see or send it. */
  readonly user: string;
  readonly write: WireWrite;
  /** Fields that are shown until the database answers, and are not sent: defaults, and guesses of the app. */
  readonly guess: Readonly<Record<string, WireValue>>;
  /** The record that it writes, as text. */
  readonly record: string;
  /** The records that it depends on, as text: its own, and those that it refers to. */
  readonly touches: readonly string[];
  /** When it was made, by the clock of this machine. For people. */
  readonly madeAt: number;
  /** Counts the changes of this entry, so that an old message of another tab is recognized. */
  readonly version: number;
  readonly state: WriteState;
}

/**
 * The state of a pending write.
 *
 *   waiting ──sent──▶ sending ──made──▶ made ──shown──▶ shown
 *      ▲                 └──refused──▶ failed
 *      └───────────retried─────────────┘
 */
export type WriteState =
  /** It was never sent, so the database does not have it. */
  | { readonly kind: 'waiting' }
  /** It was sent and not answered, so the database may have it. It is sent again with the same key. */
  | { readonly kind: 'sending' }
  /** The database has it. `row` is what the gateway answered. It is shown from here until the queries contain it. */
  | ({ readonly kind: 'made' } & MadeAnswer)
  /** The queries of the tab that has sent it contain it. The stored results may not. */
  | ({ readonly kind: 'shown'; readonly at: number } & MadeAnswer)
  /** The database refused it. It waits for the user. */
  | { readonly kind: 'failed'; readonly failure: WriteFailure };

/** How the gateway has answered a write that the database has made. */
export interface MadeAnswer {
  /** The row as the writer sees it; null after a delete, and if the row is gone. */
  readonly row: WireValue;
  /** The write was made by an earlier attempt, and the row is the present one. */
  readonly isRepeat?: true | undefined;
}

/** Why a write was refused, as plain data. */
export interface WriteFailure {
  readonly code: ClientErrorCode;
  readonly message: string;
  readonly reason?: string | undefined;
  readonly issues?: readonly { readonly path: string; readonly message: string }[] | undefined;
  /** The values of the fields that somebody else has changed. */
  readonly conflict?: Readonly<Record<string, WireValue>> | undefined;
  /** The key of the refused write that this one depends on, directly or through others. */
  readonly blockedBy?: string | undefined;
}

export type WriteEvent =
  | { readonly type: 'sent' }
  | ({ readonly type: 'made' } & MadeAnswer)
  | { readonly type: 'shown'; readonly at: number }
  | { readonly type: 'refused'; readonly failure: WriteFailure }
  | { readonly type: 'retried' };

/** Returns the next state, or the same one if the event does not apply to it. */
export function nextWriteState(state: WriteState, event: WriteEvent): WriteState {
  switch (event.type) {
    case 'sent':
      return state.kind === 'waiting' ? { kind: 'sending' } : state;
    case 'made':
      return isOpen(state) ? { kind: 'made', row: event.row, ...(event.isRepeat ? { isRepeat: true } : {}) } : state;
    case 'shown':
      return state.kind === 'made' ? { ...state, kind: 'shown', at: event.at } : state;
    case 'refused':
      return isOpen(state) ? { kind: 'failed', failure: event.failure } : state;
    case 'retried':
      return state.kind === 'failed' ? { kind: 'waiting' } : state;
  }
}

/** Whether the database may still accept or refuse it. */
export function isOpen(state: WriteState): boolean {
  return state.kind === 'waiting' || state.kind === 'sending';
}
