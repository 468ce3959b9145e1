import { closest } from '@spookify/config';
import { codeOnly } from './surrealql-code.ts';

/** A call of a function that the schema does not define. */
export interface UnknownFunction {
  /** The name with its `fn::`. */
  readonly name: string;
  /** The index of the call in the text. */
  readonly index: number;
  readonly message: string;
}

const CALL = /\bfn::[A-Za-z_]\w*(?:::\w+)*(?=\s*\()/g;

/**
 * Finds calls of functions that the schema does not define. The engine accepts definitions with such calls, and each statement that
 * reaches one fails.
 *
 * @param text a file of SurrealQL
 * @param defined the names of all functions of the schema, with their `fn::`
 */
export function findUnknownFunctions(text: string, defined: readonly string[]): UnknownFunction[] {
  const known = new Set(defined);
  return [...codeOnly(text).matchAll(CALL)]
    .filter(([name]) => !known.has(name))
    .map(({ 0: name, index }) => {
      const meant = closest(name, defined);
      const remedy =
        meant === undefined ? `write DEFINE FUNCTION ${name}, or correct the name` : `did you mean ${meant}?`;
      return { name, index, message: `no schema file defines this function, so calls of it fail; ${remedy}` };
    });
}
