import { kindOf } from './kind-of-value.ts';

/**
 * In place of a value: only the database knows it. Comparisons with it return undefined, also if it is an item of a list
 * or a member of an object.
 */
export const UNKNOWN: unique symbol = Symbol('unknown');

/**
 * The engine's `value.name`: NONE for a missing member, and for a value that has no members.
 *
 * @returns UNKNOWN for values whose members only the engine reads, such as records and lists
 */
export function memberOf(value: unknown, name: string): unknown {
  switch (kindOf(value)) {
    case 'object':
      return Object.getOwnPropertyDescriptor(value, name)?.value;
    case 'none':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return undefined;
    default:
      return UNKNOWN;
  }
}
