import { CHANGE_EVENT, GATEWAY_ACCESS, OWN_PREFIX } from '@spookify/gateway/install';
import { linesOf } from './lines.ts';

/** Longer than the beginning of any line that is looked at. */
const BEGINNING = 200;
const RULE = /^-- -+$/;
const HEADING = /^-- [A-Z]/;
const OWN_TABLE = new RegExp(`^-- TABLE(?: DATA)?: ${OWN_PREFIX}`);
const OWN_DEFINITION = new RegExp(`^DEFINE (?:EVENT ${CHANGE_EVENT} ON |ACCESS ${GATEWAY_ACCESS} ON )`);

/**
 * An export without what only the gateways and runners of its own database can use: every table of the engine, so no
 * sessions, no schedules and no runners with their partitions and fences; also the events and the access of gateways.
 * `spooky db migrate` adds these again, and `spooky db import` what gateways need. The database ends every statement at a
 * line end and escapes those in strings, so lines are enough.
 */
export async function* withoutEngine(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let isOwn = false;
  // The rule above a heading belongs to it.
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
/** What the engine writes in the place of a key that it made itself. */
const HIDDEN_KEY = / WITH JWT ALGORITHM \w+ KEY '\[REDACTED\]'(?: WITH ISSUER KEY '\[REDACTED\]')?/;

/**
 * The same text with keys of record accesses left out where the engine has hidden them. Taken at its word,
 * `KEY '[REDACTED]'` defines an access whose key everyone knows; without the clause the engine makes a random one.
 */
export async function* withoutHiddenKeys(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const line of linesOf(source)) {
    const isAccess = ACCESS.test(line.toString('utf8', 0, BEGINNING));
    yield isAccess ? Buffer.from(line.toString().replace(HIDDEN_KEY, '')) : line;
  }
}
