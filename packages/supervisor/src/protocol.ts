/**
 * What host and child say to each other over the IPC channel. Payloads travel as bytes (`data`), serialized once by the
 * sender: so they are checked, measured and copied at the moment of the send, and can never be mistaken for Node's own
 * internal messages. Only types are shared with the child; it stays quick to load.
 */
import type { Failure } from './lifecycle.ts';

export type HostMessage =
  | StartMessage
  | { readonly type: 'message'; readonly data: Uint8Array }
  | { readonly type: 'stop'; readonly reason: string };

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
  | { readonly type: 'message'; readonly data: Uint8Array }
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly failure: Failure };

/** A child may call Node's own `process.send` with anything: what is not of the protocol is `undefined`. */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  switch (value.type) {
    case 'ready':
    case 'heartbeat':
    case 'complete':
      return { type: value.type };
    case 'listening':
      return { type: 'listening', on: 'on' in value && value.on === true };
    case 'message':
      return 'data' in value && value.data instanceof Uint8Array ? { type: 'message', data: value.data } : undefined;
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
