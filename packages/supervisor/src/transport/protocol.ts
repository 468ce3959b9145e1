/**
 * What host and child say to each other over the IPC channel. Payloads travel as bytes, serialized once by the
 * sender, or as they are when they are small and plain: so they are checked, measured and copied at the moment of the
 * send, and can never be mistaken for Node's own internal messages. Only types are shared with the child; it stays quick to load.
 */
import type { Failure } from '../process/lifecycle.ts';

/** A message of the entry, or for it: as bytes, bare because an object around them costs as much again, or small. */
export type Packed = Uint8Array | { readonly type: 'small'; readonly payload: unknown };

export type HostMessage = StartMessage | Packed | { readonly type: 'stop'; readonly reason: string };

/** What one message may hold, and how many may wait in one queue; the same on both sides. */
export interface MessageLimits {
  readonly messageBytes: number;
  readonly queuedMessages: number;
}

/** The first message: everything that the context of the entry is made of. */
export interface StartMessage {
  readonly type: 'start';
  readonly processId: string;
  /** `file:` URL of the entry, symbolic links resolved. */
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
  /** Whether a handler is attached. Until there is one, messages wait on the host's side, where a full queue is an error. */
  | { readonly type: 'listening'; readonly on: boolean }
  | Packed
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly failure: Failure };

/** What a spare says once it has loaded; nobody else does. */
export interface IdleMessage {
  readonly type: 'idle';
}

/** A child may call Node's own `process.send` with anything: what is not of the protocol is `undefined`. */
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
    message: typeof message === 'string' ? cut(message) : 'failed without saying why',
    ...(typeof code === 'string' ? { code: cut(code) } : {}),
    ...(typeof stack === 'string' ? { stack: cut(stack) } : {}),
  };
}

/** A failure goes into events and logs; a message of megabytes does not. */
const MAX_FAILURE_TEXT = 16 * 1024;

function cut(text: string): string {
  return text.length <= MAX_FAILURE_TEXT ? text : `${text.slice(0, MAX_FAILURE_TEXT)}…`;
}
