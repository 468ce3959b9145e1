/**
 * The protocol between host and child over the IPC channel. The sender serializes a payload to bytes, or sends it
 * unchanged if it is small and plain. So a payload is checked, measured and copied when it is sent, and cannot be
 * mistaken for one of Node's internal messages. The child imports only types from here, so that it loads quickly.
 */
import type { Failure } from '../process/lifecycle.ts';

/** A message from or to the entry. Bytes are sent bare, because an object around them doubles the cost. */
export type Packed = Uint8Array | { readonly type: 'small'; readonly payload: unknown };

export type HostMessage = StartMessage | Packed | { readonly type: 'stop'; readonly reason: string };

/** The maximum size of a message and the maximum length of a queue, for both directions. */
export interface MessageLimits {
  readonly messageBytes: number;
  readonly queuedMessages: number;
}

/** The first message: everything that the context of the entry contains. */
export interface StartMessage {
  readonly type: 'start';
  readonly processId: string;
  /** `file:` URL of the entry with symbolic links resolved. */
  readonly url: string;
  readonly entry: string;
  readonly kind: string;
  readonly key: string | undefined;
  readonly userId: string | undefined;
  /** `{ payload, metadata }` */
  readonly data: Uint8Array;
  readonly limits: MessageLimits;
}

export type ChildMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'heartbeat' }
  /** Whether the entry has a message handler. Until then messages wait in the host, where a full queue is an error. */
  | { readonly type: 'listening'; readonly on: boolean }
  | Packed
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly failure: Failure };

/** Sent only by a spare, when it has loaded. */
export interface IdleMessage {
  readonly type: 'idle';
}

/** Returns undefined for messages outside the protocol: a child may call Node's `process.send` with anything. */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  switch (value.type) {
    case 'ready':
    case 'heartbeat':
    case 'complete':
      return { type: value.type };
    case 'small':
      return { type: 'small', payload: 'payload' in value ? value.payload : undefined };
    case 'listening':
      return { type: 'listening', on: 'on' in value && value.on === true };
    case 'fail':
      return { type: 'fail', failure: parseFailure('failure' in value ? value.failure : undefined) };
    default:
      return undefined;
  }
}

function parseFailure(value: unknown): Failure {
  const { message, code, stack } =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return {
    message: typeof message === 'string' ? truncate(message) : 'failed without a reason',
    ...(typeof code === 'string' ? { code: truncate(code) } : {}),
    ...(typeof stack === 'string' ? { stack: truncate(stack) } : {}),
  };
}

/** Failures appear in events and logs, so their text is bounded. */
const MAX_FAILURE_TEXT = 16 * 1024;

function truncate(text: string): string {
  return text.length <= MAX_FAILURE_TEXT ? text : `${text.slice(0, MAX_FAILURE_TEXT)}…`;
}
