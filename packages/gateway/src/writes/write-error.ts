import { databaseErrorKind, LinkError, type LinkErrorCode } from '@spookify/surreal-link';
import { ServerError } from 'surrealdb';
import { GatewayError } from '../errors.ts';
import type { TableSchema } from '../schema/database-schema.ts';
import type { WireErrorCode } from '../wire/errors.ts';
import { encodeValue } from '../wire/value.ts';
import { NOTHING_CHANGED } from './statements.ts';

/*
 * Turns the database's error about a write into a message without SurrealQL and without values of other records. The
 * engine's own messages quote conditions of the schema, and ids and values of conflicting rows.
 */

const OF_LINK: Partial<Record<LinkErrorCode, readonly [WireErrorCode, string]>> = {
  SPOOKY_LINK_LOST: [
    'SPOOKY_GATEWAY_OUTCOME_UNKNOWN',
    'The connection to the database was lost; send the write again with the same key.',
  ],
  SPOOKY_LINK_SILENT: [
    'SPOOKY_GATEWAY_OUTCOME_UNKNOWN',
    'The database did not answer in time; send the write again with the same key.',
  ],
  SPOOKY_LINK_CONFLICT: [
    'SPOOKY_GATEWAY_BUSY',
    'Another write changed the same records; nothing was written, try again.',
  ],
  SPOOKY_LINK_SESSIONS_FULL: ['SPOOKY_GATEWAY_BUSY', 'Too many writes at this moment; nothing was written, try again.'],
  SPOOKY_LINK_AWAY: ['SPOOKY_GATEWAY_DATABASE_AWAY', 'The database does not answer; nothing was written, try again.'],
  SPOOKY_LINK_CLOSED: ['SPOOKY_GATEWAY_DATABASE_AWAY', 'The gateway is stopping; nothing was written, connect again.'],
};
type NamesOf = Pick<TableSchema, 'fields' | 'indexes'>;

const RETRY_MS = 500;
const REASON_MAX = 200;

/** Whether a unique index, and not the id, caused the conflict. */
export function isUniqueIndex(error: unknown): boolean {
  return error instanceof ServerError && /^database index `/i.test(error.message);
}

/** @param table whose fields and indexes messages may name. Default: none */
export function writeError(error: unknown, table: NamesOf = { fields: new Map(), indexes: [] }): unknown {
  if (error instanceof LinkError) return linkError(error);
  switch (databaseErrorKind(error)) {
    case 'thrown': {
      if (messageOf(error).endsWith(NOTHING_CHANGED))
        return refused('The permissions do not allow this write', { cause: error });
      const reason = messageOf(error)
        .replace(/^An error occurred: /, '')
        .slice(0, REASON_MAX);
      return refused('The database refuses this write', { reason, cause: error });
    }
    case 'not-allowed':
      return refused('The permissions do not allow this write', { cause: error });
    case 'already-exists':
      if (!isUniqueIndex(error)) return alreadyExists(error);
      return new GatewayError('SPOOKY_GATEWAY_DATABASE', uniqueMessage(error, table), { cause: error });
    case 'statement':
    case 'consequence':
      return new GatewayError('SPOOKY_GATEWAY_DATABASE', statementMessage(error, table), { cause: error });
    default:
      return error;
  }
}

/** @param conflict the stored values by field */
export function conflictError(conflict: ReadonlyMap<string, unknown>): GatewayError {
  const names = [...conflict.keys()].map((name) => `"${name}"`).join(', ');
  const message = `The stored value of ${names} is not the one that the writer saw; nothing was written. Decide which value to keep and write again with the stored one as the base.`;
  const values = [...conflict].map(([name, value]) => [name, encodeValue(value)] as const);
  return new GatewayError('SPOOKY_GATEWAY_CONFLICT', message, { conflict: Object.fromEntries(values) });
}

function refused(what: string, details: { readonly reason?: string; readonly cause?: unknown } = {}): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_REFUSED', `${what}, or there is no such record.`, details);
}

function alreadyExists(cause: unknown): GatewayError {
  return new GatewayError('SPOOKY_GATEWAY_ALREADY_EXISTS', 'The id is taken; choose another one.', { cause });
}

function linkError(error: LinkError): unknown {
  const known = OF_LINK[error.code];
  if (known === undefined) return error;
  const [code, message] = known;
  const details = code === 'SPOOKY_GATEWAY_BUSY' ? { retryInMs: RETRY_MS } : {};
  return new GatewayError(code, message, { ...details, cause: error });
}

function uniqueMessage(error: unknown, { indexes }: NamesOf): string {
  const name = /^database index `([^`]*)`/i.exec(messageOf(error))?.[1];
  const fields = indexes.find((index) => index.name === name)?.fields ?? [];
  const what = fields.length === 0 ? 'A value' : `The value of ${fields.map((field) => `"${field}"`).join(' with ')}`;
  return `${what} is taken by another record; choose another one.`;
}

function statementMessage(error: unknown, { fields }: NamesOf): string {
  const named = [...messageOf(error).matchAll(/field `([^`]{1,100})`/g)].map(([, name = '']) => name);
  const field = named.find((name) => fields.has(name.replaceAll(/\[.*?\]/g, '')));
  if (field === undefined)
    return 'The database does not accept these values; check that none is missing, their types, and the rules of the table.';
  return `The database does not accept the value of "${field}"; check that it is set, its type, whether it may change, and the rules of the field.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
