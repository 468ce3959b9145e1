/**
 * The protocol between host and child over the IPC channel. The sender serializes a payload to bytes, or sends it
 * unchanged if it is small and plain. So a payload is checked, measured and copied when it is sent, and cannot be
 * mistaken for one of Node's internal messages. The child imports only types from here, so that it loads quickly.
 */

import type { SupervisorErrorCode } from '../errors.ts';
import type { ErrorDetail } from '../failure/error-detail.ts';
import { failureText, placeText } from '../failure/failure-text.ts';
import { parseErrorDetail } from '../failure/parse-error-detail.ts';
import type { Failure } from '../process/lifecycle.ts';
import { shorten } from './text-cut.ts';

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
  | FailMessage;

/** `code` is set if the failure has a more specific code than its error. */
interface FailMessage {
  readonly type: 'fail';
  readonly error: ErrorDetail;
  readonly code?: SupervisorErrorCode;
}

/** A message of a child as the host reads it. */
export type ReceivedMessage = Exclude<ChildMessage, FailMessage> | { readonly type: 'fail'; readonly failure: Failure };

/** Sent only by a spare, when it has loaded. */
export interface IdleMessage {
  readonly type: 'idle';
}

/** Returns undefined for messages outside the protocol: a child may call Node's `process.send` with anything. */
export function parseChildMessage(value: unknown): ReceivedMessage | undefined {
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
      return { type: 'fail', failure: parseFailure(value) };
    default:
      return undefined;
  }
}

function parseFailure(value: object): Failure {
  const detail = parseErrorDetail('error' in value ? value.error : undefined);
  const { place } = detail;
  const code = 'code' in value && typeof value.code === 'string' ? shorten(value.code, 200) : detail.code;
  // Only an error of loading is about the place more than about what happened there.
  const where = code === 'SPOOKY_SUPERVISOR_ENTRY_LOAD' && place !== undefined ? ` (${placeText(place)})` : '';
  return { message: `${failureText(detail)}${where}`, ...(code === undefined ? {} : { code }), detail };
}
