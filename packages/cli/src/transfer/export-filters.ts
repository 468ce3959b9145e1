import { CHANGE_EVENT, GATEWAY_ACCESS, OWN_PREFIX } from '@spookify/gateway/install';
import { linesOf } from './lines.ts';

/** The number of bytes of a line that are compared. Every pattern below is shorter. */
const BEGINNING = 200;
const RULE = /^-- -+$/;
const HEADING = /^-- [A-Z]/;
const OWN_TABLE = new RegExp(`^-- TABLE(?: DATA)?: ${OWN_PREFIX}`);
const OWN_DEFINITION = new RegExp(`^DEFINE (?:EVENT ${CHANGE_EVENT} ON |ACCESS ${GATEWAY_ACCESS} ON )`);

/**
 * Removes from an export what only the gateways and runners of the exported database can use: the tables of the engine (sessions,
 * schedules, runners, partitions, fences), and the events and the access of gateways. `spooky db migrate` adds all of it again, and
 * `spooky db import` adds what gateways need. Filtering lines is enough, because an export ends every statement with a line end and
 * escapes line ends in strings.
 */
export async function* withoutEngine(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let isOwn = false;
  // The dashed line above a heading belongs to the heading.
  let rule: Buffer | undefined;
  for await (const line of linesOf(source)) {
    const text = line.toString('utf8', 0, BEGINNING).trimEnd();
    if (rule !== undefined && HEADING.test(text)) isOwn = OWN_TABLE.test(text);
    if (rule !== undefined && !isOwn) yield rule;
    rule = undefined;
    if (RULE.test(text)) rule = line;
    else if (!isOwn && !OWN_DEFINITION.test(text)) yield line;
  }
  if (rule !== undefined && !isOwn) yield rule;
}

const ACCESS = /^DEFINE ACCESS /;
/** The clause that an export contains instead of a key that the engine generated. */
const HIDDEN_KEY = / WITH JWT ALGORITHM \w+ KEY '\[REDACTED\]'(?: WITH ISSUER KEY '\[REDACTED\]')?/;

/**
 * Removes the redacted keys of record accesses. Importing `KEY '[REDACTED]'` would define an access with a key that everyone knows.
 * Without the clause, the engine generates a random key.
 */
export async function* withoutHiddenKeys(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const line of linesOf(source)) {
    const isAccess = ACCESS.test(line.toString('utf8', 0, BEGINNING));
    yield isAccess ? Buffer.from(line.toString().replace(HIDDEN_KEY, '')) : line;
  }
}
