import { databaseErrorKind, type Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import type { KeyedQueue } from '../concurrency/keyed-queue.ts';
import { GatewayError } from '../errors.ts';
import { type GatewayLogger, shortId } from '../logger.ts';
import type { DatabaseSchema, TableSchema } from '../schema/database-schema.ts';
import { encodeValue, type WireValue } from '../wire/value.ts';
import type { Backends } from './backends.ts';
import { checkWrite } from './check-write.ts';
import { type Receipt, receiptOf, writtenRow } from './receipts.ts';
import { readText, type WriteAnswer, writeText } from './statements.ts';
import type { Write } from './write.ts';
import { conflictError, isUniqueIndex, writeError } from './write-error.ts';
import type { WriteRate } from './write-rate.ts';

/*
 * One write, from the frame to the answer:
 *
 *   check names, values and sizes ─▶ one transaction in the user's own engine session ─▶ the row as its writer sees it
 *                                       └─ its receipt exists: a repeat ─▶ the row as it is now
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
  readonly logger: GatewayLogger;
}

/** A write that was made. */
export interface Written {
  /** The row as its writer may see it; null if there is none, or if it cannot be sent. */
  readonly result: WireValue;
  /** Whether it had been made before, under the same key. */
  readonly isRepeat: boolean;
}

/** How often a job with a unique key is tried if another job with the key is inserted at the same moment. */
const KEY_ATTEMPTS = 10;

/**
 * Makes the writes of one socket. Writes of one user to one record are made in the order of the calls. The returned
 * function throws GatewayError SPOOKY_GATEWAY_BAD_WRITE, _UNKNOWN_ROUTE, _BAD_PAYLOAD, _LIMIT, _REFUSED,
 * _ALREADY_EXISTS, _CONFLICT, _BUSY, _DATABASE, _DATABASE_AWAY or _OUTCOME_UNKNOWN.
 */
export function createWriter({ schema, backends, user, engine, queue, rate, requestRate, logger }: WriterOptions) {
  async function perform(write: Write, receipt: Receipt): Promise<Written> {
    const { text, bindings } = writeText(write, receipt);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await engine.query<WriteAnswer>(text, bindings);
        if (answer.conflict !== undefined) throw conflictError(conflictOf(write, answer.conflict));
        return { result: encoded(answer.row ? { ...answer.row, id: answer.id } : null), isRepeat: false };
      } catch (error) {
        if (databaseErrorKind(error) !== 'already-exists') throw error;
        if (!isUniqueIndex(error)) return await repeated(receipt, error);
        if (write.kind !== 'run' || write.uniqueKey === undefined || attempt >= KEY_ATTEMPTS) throw error;
      }
    }
  }

  async function repeated(receipt: Receipt, error: unknown): Promise<Written> {
    return { result: encoded(await answerRepeat(receipt, error)), isRepeat: true };
  }

  /**
   * The write is made, so an error here must not look like a refusal. A service may have written a row that no frame can
   * carry.
   */
  function encoded(row: unknown): WireValue {
    try {
      return encodeValue(row);
    } catch (err) {
      logger.error({ err, user: shortId(user) }, 'a write was made, but its row cannot be sent');
      return null;
    }
  }

  /**
   * Answers a write that was made before.
   *
   * @param error thrown if it was not made
   */
  async function answerRepeat(receipt: Receipt, error: unknown): Promise<unknown> {
    const id = await writtenRow(engine, receipt);
    if (id === undefined) throw error;
    const table = schema().tables.get(id.table.name);
    if (table === undefined) return null;
    try {
      return (await engine.query<unknown>(readText(table), { id })) ?? null;
    } catch (cause) {
      const message = 'The write was made, but its row could not be read; send the write again with the same key.';
      throw new GatewayError('SPOOKY_GATEWAY_OUTCOME_UNKNOWN', message, { cause });
    }
  }

  function checked(wire: unknown): Write | GatewayError {
    try {
      return checkWrite(wire, schema(), backends);
    } catch (error) {
      if (error instanceof GatewayError) return error;
      throw error;
    }
  }

  return async (wire: unknown, key: string): Promise<Written> => {
    const receipt = receiptOf(user, key, wire);
    const write = checked(wire);
    if (write instanceof GatewayError) {
      rate.take(String(user));
      // It may have been made before the schema changed.
      return await answered(() => repeated(receipt, write));
    }
    const { kind, id, table } = write;
    if (kind === 'update' && backends.byTable.has(table.name)) requestRate.take(String(user));
    rate.take(String(user));
    return await answered(() => queue.run(`${user} ${id}`, () => perform(write, receipt)), table);
  };
}

/** @param table for messages */
async function answered(work: () => Promise<Written>, table?: TableSchema): Promise<Written> {
  try {
    return await work();
  } catch (error) {
    throw writeError(error, table);
  }
}

function conflictOf(write: Write, conflict: WriteAnswer['conflict'] = []): ReadonlyMap<string, unknown> {
  const names = write.kind === 'update' ? [...write.fields.keys()] : [];
  return new Map(conflict.map(([index, value]) => [names[index] ?? '', value]));
}
