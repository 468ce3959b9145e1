import type { Queries } from '@spookify/surreal-link';
import { escapeIdent } from 'surrealdb';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import {
  BATCH_TABLE,
  CHANGE_EVENT,
  CHANGE_EVENT_VERSION,
  CHANGE_TABLE,
  GATEWAY_ACCESS,
  GATEWAY_TABLE,
  OWN_PREFIX,
  QUIET_VARIABLE,
  RECEIPT_TABLE,
  SESSION_TABLE,
} from './names.ts';
import { watchedTables } from './watched-tables.ts';

interface DatabaseInfo {
  readonly tables: readonly { readonly name: string }[];
}

interface TableInfo {
  readonly events: readonly { readonly name: string; readonly comment?: string }[];
}

/**
 * Adds what the gateway needs to a database: its tables, the access that it signs tokens for, and an event on every
 * table that users can see or whose records decide what they see. The event writes an inbox entry in the transaction of
 * each change. Safe to run at any time; run it after every change of the schema.
 *
 * An event of an earlier version is replaced and one of a later version stays. Installations of two versions therefore
 * end with the later event, in whatever order they run. Gateways never install anything themselves.
 *
 * @param owner connected as an owner of the database
 * @param tokenKey the secret that all gateways of this database share: 32 or more letters, digits, `-` or `_`
 * @throws TypeError if `tokenKey` has another form
 */
export async function installGateway(owner: Queries, tokenKey: string): Promise<void> {
  await owner.queryAll(TABLES);
  await owner.queryAll(accessOf(tokenKey));
  const [database] = await owner.queryAll<[DatabaseInfo]>('INFO FOR DB STRUCTURE');
  const watched = watchedTables(await readDatabaseSchema(owner));
  for (const { name } of database.tables) {
    if (name.startsWith(OWN_PREFIX)) continue;
    const [{ events }] = await owner.queryAll<[TableInfo]>(`INFO FOR TABLE ${escapeIdent(name)} STRUCTURE`);
    const event = events.find((found) => found.name === CHANGE_EVENT);
    const isWatched = watched.has(name);
    if (isWatched && versionOf(event) < CHANGE_EVENT_VERSION) await owner.queryAll(changeEventOf(name));
    if (!isWatched && event) await owner.queryAll(`REMOVE EVENT IF EXISTS ${CHANGE_EVENT} ON ${escapeIdent(name)}`);
  }
}

const TABLES = `BEGIN;
  DEFINE TABLE OVERWRITE ${CHANGE_TABLE} TYPE NORMAL SCHEMALESS PERMISSIONS NONE
    COMMENT 'The inbox: which rows were written. The gateway empties it.';
  DEFINE TABLE OVERWRITE ${BATCH_TABLE} TYPE NORMAL SCHEMALESS PERMISSIONS NONE
    COMMENT 'Changes in the order in which gateways show them.';
  DEFINE TABLE OVERWRITE ${GATEWAY_TABLE} TYPE NORMAL SCHEMALESS PERMISSIONS NONE
    COMMENT 'Which batch each gateway has shown.';
  DEFINE TABLE OVERWRITE ${SESSION_TABLE} TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'Who is signed in. The id is the hash of the token in the cookie.';
  DEFINE FIELD OVERWRITE user ON ${SESSION_TABLE} TYPE record READONLY;
  DEFINE FIELD OVERWRITE access ON ${SESSION_TABLE} TYPE string READONLY;
  DEFINE FIELD OVERWRITE created_at ON ${SESSION_TABLE} TYPE datetime DEFAULT time::now() READONLY;
  DEFINE FIELD OVERWRITE expires_at ON ${SESSION_TABLE} TYPE datetime;
  DEFINE INDEX IF NOT EXISTS ${SESSION_TABLE}_user ON ${SESSION_TABLE} FIELDS user;
  DEFINE INDEX IF NOT EXISTS ${SESSION_TABLE}_expires_at ON ${SESSION_TABLE} FIELDS expires_at;
  DEFINE EVENT OVERWRITE ${CHANGE_EVENT} ON ${SESSION_TABLE} WHEN $event = 'DELETE'
    THEN { CREATE ${CHANGE_TABLE}:ulid() SET r = [$before.id] RETURN NONE };
  DEFINE TABLE OVERWRITE ${RECEIPT_TABLE} TYPE NORMAL SCHEMAFULL
    PERMISSIONS
      FOR select, create WHERE $auth.id != NONE AND record::id(id)[0] = $auth.id
      FOR update, delete NONE
    COMMENT 'Which writes were made. The id is the user and the key of the write.';
  DEFINE FIELD OVERWRITE write ON ${RECEIPT_TABLE} TYPE string READONLY;
  DEFINE FIELD OVERWRITE row ON ${RECEIPT_TABLE} TYPE record READONLY;
  DEFINE FIELD OVERWRITE made_at ON ${RECEIPT_TABLE} TYPE datetime VALUE time::now() READONLY;
  DEFINE INDEX IF NOT EXISTS ${RECEIPT_TABLE}_made_at ON ${RECEIPT_TABLE} FIELDS made_at;
COMMIT;`;

function accessOf(tokenKey: string): string {
  if (!/^[\w-]{32,}$/.test(tokenKey)) throw new TypeError('tokenKey must be 32 or more letters, digits, - or _.');
  return `DEFINE ACCESS OVERWRITE ${GATEWAY_ACCESS} ON DATABASE TYPE RECORD
    WITH JWT ALGORITHM HS512 KEY '${tokenKey}' DURATION FOR TOKEN 15m, FOR SESSION 1h`;
}

/**
 * The definition of the change event for one table.
 *
 * The sessions of a user end in the transaction that deletes the user. Later, that user could not be distinguished from a new
 * one with the same id. Index: spooky_session_user.
 */
export function changeEventOf(table: string): string {
  return `DEFINE EVENT OVERWRITE ${CHANGE_EVENT} ON ${escapeIdent(table)} WHEN $${QUIET_VARIABLE} != true
    THEN {
      CREATE ${CHANGE_TABLE}:ulid() SET r = [$value.id ?? $before.id] RETURN NONE;
      IF $event = 'DELETE' { DELETE ${SESSION_TABLE} WHERE user = $before.id RETURN NONE }
    }
    COMMENT 'version ${CHANGE_EVENT_VERSION}'`;
}

/** 0 if there is no event, or if it was defined before events had versions. */
function versionOf(event: { readonly comment?: string } | undefined): number {
  return Number(/^version (\d+)$/.exec(event?.comment ?? '')?.[1] ?? 0);
}
