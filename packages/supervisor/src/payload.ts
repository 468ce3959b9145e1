import { deserialize, serialize } from 'node:v8';
import { SupervisorError } from './errors.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** Copies a value into bytes, the way structured cloning would. `what` names it in the error. */
export function toBytes(value: unknown, what: string): Uint8Array {
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
  if (data.byteLength <= MAX_BYTES) return data;
  throw new SupervisorError(
    'SPOOKY_SUPERVISOR_MESSAGE_TOO_LARGE',
    `${what} takes ${data.byteLength} bytes, more than ${MAX_BYTES}; send it in parts, or through a file.`,
  );
}

/** The value back. Undefined when a child made the bytes by itself, and badly. */
export function fromBytes(data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: deserialize(data) };
  } catch {
    return undefined;
  }
}
