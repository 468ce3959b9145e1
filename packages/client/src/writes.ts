import { escapeIdent, RecordId } from 'surrealdb';
import { type Session, signedOut } from './auth.ts';
import { ClientError } from './errors.ts';
import { LinkLostError } from './link.ts';
import type { SchemaDefinition } from './schema-types.ts';
import { databaseError, isAlreadyThere, isConflict, isKeyTaken, isSessionExpired } from './server-errors.ts';
import { requireField, requireTable } from './validate-query.ts';

export interface WriterOptions {
  readonly schema: SchemaDefinition;
  /** The present session, or the next one within the limit. */
  readonly session: (limitMs: number) => Promise<Session>;
}

/** How long a write waits for a connection, tries again after a lost one and against other writers, all in all. */
const WAIT_MS = 10_000;
const CONFLICT_PAUSE_MS = 20;

type Row = Record<string, unknown>;

/**
 * Writes one record at a time. A write whose connection breaks is made again on the next one, which is safe: a record
 * is made under an id that was chosen beforehand, so the second time finds the first; and changing or deleting twice
 * is the same as once. What cannot be settled within ten seconds is reported as what it is.
 */
export class Writer {
  readonly #options: WriterOptions;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Makes a record and gives it as it was stored. */
  async create(table: string, fields: object): Promise<Row> {
    requireTable(this.#options.schema, table);
    const { id = new RecordId(table, randomKey()), ...content }: Row = { ...fields };
    if (!(id instanceof RecordId) || id.table.name !== table) throw notARecord(id, table);
    const [text, bindings] = this.#assignments(table, content);
    const rows = await this.#write(`CREATE $id${text}`, { id, ...bindings }, async (session) => {
      return asRows(await session.link.query('SELECT * FROM $id', { id }));
    });
    return oneOf(rows, refusedToMake(table));
  }

  /**
   * Makes a job, unless one with the same path and `unique_key` of this user waits or runs: then it gives that one's id.
   * If two ask at the same moment, the database refuses the second, which then finds the first.
   */
  async createUnique(table: string, fields: { path: string; unique_key: string }): Promise<Row> {
    requireTable(this.#options.schema, table);
    const id = new RecordId(table, randomKey());
    const [text, bindings] = this.#assignments(table, fields);
    const statement = `{
      LET $active = SELECT id FROM ${escapeIdent(table)} WHERE active_key = <string> [$auth.id, $path, $key];
      IF $active != [] { RETURN $active };
      RETURN CREATE $id${text} RETURN id;
    }`;
    const { path, unique_key: key } = fields;
    return oneOf(await this.#write(statement, { id, path, key, ...bindings }), refusedToMake(table));
  }

  /** Sets fields; `undefined` takes a field away. Gives the record as it is now. */
  async update(id: RecordId, fields: object): Promise<Row> {
    const [text, bindings] = this.#assignments(this.#tableOf(id), fields);
    if (text === '') throw new ClientError('SPOOKY_CLIENT_INVALID_QUERY', `update of ${id} names no field to set.`);
    const rows = await this.#write(`UPDATE $id${text}`, { id, ...bindings });
    return oneOf(rows, `${id} was not changed: there is no such record, or the permissions do not allow it.`);
  }

  async delete(id: RecordId): Promise<void> {
    this.#tableOf(id);
    let again = false;
    const rows = await this.#write('DELETE $id RETURN BEFORE', { id }, undefined, () => {
      again = true;
    });
    // After a lost connection, nothing left to delete may mean that the first try had worked.
    if (!again) oneOf(rows, `${id} was not deleted: there is no such record, or the permissions do not allow it.`);
  }

  #tableOf(id: RecordId): string {
    if (!(id instanceof RecordId)) throw notARecord(id);
    requireTable(this.#options.schema, id.table.name);
    return id.table.name;
  }

  #assignments(table: string, fields: object): [text: string, bindings: Row] {
    const entries = Object.entries(fields);
    if (entries.length === 0) return ['', {}];
    for (const [field] of entries) requireField(this.#options.schema, table, field);
    const text = entries.map(([field], index) => `${escapeIdent(field)} = $f${index}`).join(', ');
    return [` SET ${text}`, Object.fromEntries(entries.map(([, value], index) => [`f${index}`, value]))];
  }

  async #write(
    text: string,
    bindings: Row,
    onAlreadyThere?: (session: Session) => Promise<Row[]>,
    onAgain?: () => void,
  ): Promise<Row[]> {
    const deadline = Date.now() + WAIT_MS;
    let user: RecordId | undefined;
    /** A connection broke over it: it may have been made already. */
    let inDoubt = false;
    for (let attempt = 1; ; attempt += 1) {
      const session = await this.#sessionFor(user, inDoubt, deadline);
      user = session.user;
      if (inDoubt) onAgain?.();
      try {
        return asRows(await session.link.query(text, bindings));
      } catch (error) {
        const late = Date.now() >= deadline;
        if (error instanceof LinkLostError) {
          if (late) throw unknownOutcome(error);
          inDoubt = true;
        } else if (isSessionExpired(error) && !late) {
          session.link.drop();
        } else if (inDoubt && onAlreadyThere !== undefined && isAlreadyThere(error)) {
          return onAlreadyThere(session);
        } else if ((isConflict(error) || isKeyTaken(error)) && !late) {
          await pause(CONFLICT_PAUSE_MS * attempt * (0.5 + Math.random()));
        } else {
          throw databaseError(error);
        }
      }
    }
  }

  /** A write that was begun by one person is not finished in the name of another. */
  async #sessionFor(user: RecordId | undefined, inDoubt: boolean, deadline: number): Promise<Session> {
    try {
      const session = await this.#options.session(Math.max(deadline - Date.now(), 0));
      if (user === undefined || user.equals(session.user)) return session;
      throw signedOut();
    } catch (error) {
      throw inDoubt ? unknownOutcome(error) : error;
    }
  }
}

function asRows(result: unknown): Row[] {
  return Array.isArray(result) ? result : [];
}

function oneOf(rows: readonly Row[], refusal: string): Row {
  const [row] = rows;
  if (row !== undefined) return row;
  throw new ClientError('SPOOKY_CLIENT_REFUSED', refusal);
}

function refusedToMake(table: string): string {
  return `The record of "${table}" was not made: the permissions do not allow it to who is signed in.`;
}

function notARecord(id: unknown, table?: string): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_INVALID_QUERY',
    `${String(id)} is not a RecordId${table === undefined ? '' : ` of "${table}"`}. Use the id of a row, or new RecordId('${table ?? 'table'}', key).`,
  );
}

function unknownOutcome(cause?: unknown): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_OUTCOME_UNKNOWN',
    'The connection broke while this was being written, and it is not known whether it was. Look before writing again.',
    { cause },
  );
}

/** A key of the form that SurrealDB itself makes: 20 letters and digits, about 103 bits. */
export function randomKey(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  // 252 is the largest multiple of 36 in a byte; what lies above would favour the first letters.
  let key = '';
  while (key.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(24))) {
      if (byte < 252 && key.length < 20) key += letters[byte % 36];
    }
  }
  return key;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
