import { databaseErrorKind, type Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { KeyedQueue } from '../concurrency/keyed-queue.ts';
import { GatewayError } from '../errors.ts';
import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';
import { encodeValue, type WireValue } from '../wire/value.ts';
import type { Backends } from './backends.ts';
import { checkWrite } from './check-write.ts';
import { readText, writeText } from './statements.ts';
import type { Write } from './write.ts';
import { alreadyExists, isUniqueIndex, refused, writeError } from './write-error.ts';
import type { WriteRate } from './write-rate.ts';

/*
 * One write, from the frame to the answer:
 *
 *   check names, values and sizes ─▶ one BEGIN … COMMIT in the user's own engine session ─▶ the row as its writer sees it
 *
 * A repeated write (`again`) may find what its first attempt has done: a create finds its own row, a delete finds
 * nothing, an update sets the same values again.
 */

export interface WriterOptions {
  readonly schema: () => DatabaseSchema;
  readonly backends: Backends;
  readonly user: RecordId;
  /** The user's own engine session, to which the database's permissions apply. */
  readonly engine: Queries;
  /**
   * Shared by all sockets. A client that loses its connection repeats a write on the next socket, while the first
   * attempt may still be running.
   */
  readonly queue: KeyedQueue;
  /** Shared by all sockets. */
  readonly rate: WriteRate;
  /** The rate of updates to existing jobs. Shared by all sockets. */
  readonly requestRate: WriteRate;
}

/** How often a job with a unique key is tried if another job with the key is inserted at the same moment. */
const KEY_ATTEMPTS = 10;

/**
 * Makes the writes of one socket. Writes of one user to one record are made in the order of the calls. The returned
 * function throws GatewayError SPOOKY_GATEWAY_BAD_WRITE, _UNKNOWN_ROUTE, _BAD_PAYLOAD, _LIMIT, _REFUSED,
 * _ALREADY_EXISTS, _BUSY, _DATABASE, _DATABASE_AWAY or _OUTCOME_UNKNOWN.
 */
export function createWriter({ schema, backends, user, engine, queue, rate, requestRate }: WriterOptions) {
  async function perform(write: Write, isAgain: boolean): Promise<unknown> {
    const { text, bindings, changed, row } = writeText(write);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const results = await engine.queryAll(text, bindings);
        const list = results[changed];
        if (Array.isArray(list) && list.length > 0) {
          if (write.kind === 'delete') return null;
          return row === undefined ? await readWritten(write.table, list[0]) : withId(write.id, results[row]);
        }
        if (write.kind === 'delete' && isAgain) return null;
        throw refused('The permissions do not allow this write');
      } catch (error) {
        if (databaseErrorKind(error) !== 'already-exists') throw error;
        if (isUniqueIndex(error) && write.kind === 'run' && write.uniqueKey !== undefined && attempt < KEY_ATTEMPTS)
          continue;
        if (!isUniqueIndex(error) && isAgain) return await readOwn(write);
        throw error;
      }
    }
  }

  /**
   * Returns the row that the first attempt created. A row that the user may not see belongs to someone else, and its
   * existence is not revealed.
   */
  async function readOwn({ id, table }: Write): Promise<unknown> {
    const row = await read(table, id);
    if (row === null) throw alreadyExists();
    return row;
  }

  /** Returns the row of a completed write. An error here does not undo the write. */
  async function readWritten(table: TableSchema, id: unknown): Promise<unknown> {
    try {
      return await read(table, id);
    } catch (cause) {
      const message = 'The write was made, but its row could not be read; send the write again with "again".';
      throw new GatewayError('SPOOKY_GATEWAY_OUTCOME_UNKNOWN', message, { cause });
    }
  }

  async function read(table: TableSchema, id: unknown): Promise<unknown> {
    return (await engine.query<unknown>(readText(table), { id })) ?? null;
  }

  return async (wire: unknown, isAgain: boolean): Promise<WireValue> => {
    const write = checkWrite(wire, schema(), backends);
    if (write.kind === 'update' && backends.byTable.has(write.table.name)) requestRate.take(String(user));
    rate.take(String(user));
    try {
      return encodeValue(await queue.run(`${user} ${write.id}`, () => perform(write, isAgain)));
    } catch (error) {
      throw writeError(error, write.table);
    }
  };
}

function withId(id: RecordId, row: unknown): unknown {
  return typeof row === 'object' && row !== null ? { ...row, id } : null;
}
