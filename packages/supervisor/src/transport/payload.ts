import { deserialize, serialize } from 'node:v8';
import { SupervisorError } from '../errors.ts';
import type { Packed } from './protocol.ts';
import { isSmall } from './small-message.ts';

/**
 * Prepares a value for sending. A small value is not copied, so it must be sent, or converted to bytes, before the
 * caller can change it.
 */
export function pack(payload: unknown, what: string, maxBytes: number): Packed {
  return isSmall(payload, maxBytes) ? { type: 'small', payload } : toBytes(payload, what, maxBytes);
}

/**
 * Converts a message that has to wait into bytes. Returns undefined if a child labelled a value as small that cannot be
 * copied.
 */
export function packedBytes(message: Packed): Uint8Array | undefined {
  if (message instanceof Uint8Array) return message;
  try {
    return serialize(message.payload);
  } catch {
    return undefined;
  }
}

/** Copies a value into at most `maxBytes` bytes with structured cloning. `what` names the value in the error. */
export function toBytes(value: unknown, what: string, maxBytes: number): Uint8Array {
  let data: Uint8Array;
  try {
    data = serialize(value);
  } catch (cause) {
    throw new SupervisorError(
      'SPOOKY_SUPERVISOR_NOT_CLONEABLE',
      `${what} cannot be copied to another process; send plain data, without functions, symbols or promises.`,
      { cause },
    );
  }
  if (data.byteLength <= maxBytes) return data;
  throw new SupervisorError(
    'SPOOKY_SUPERVISOR_MESSAGE_TOO_LARGE',
    `${what} takes ${data.byteLength} bytes, more than ${maxBytes}; send it in parts, or through a file.`,
  );
}

/** Returns the value of a message, or undefined like `fromBytes`. */
export function unpack(message: Packed): { readonly value: unknown } | undefined {
  return message instanceof Uint8Array ? fromBytes(message) : { value: message.payload };
}

/** Restores a value. Returns undefined if the bytes are invalid, which only a child can cause. */
export function fromBytes(data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: deserialize(data) };
  } catch {
    return undefined;
  }
}
