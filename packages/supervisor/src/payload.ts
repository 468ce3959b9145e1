import { deserialize, serialize } from 'node:v8';
import { SupervisorError } from './errors.ts';

/** Copies a value into at most `maxBytes` bytes, the way structured cloning would. `what` names it in the error. */
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

/** The value back. Undefined when a child made the bytes by itself, and badly. */
export function fromBytes(data: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: deserialize(data) };
  } catch {
    return undefined;
  }
}
