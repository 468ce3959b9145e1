import { decodeValue, encodeValue, UNKNOWN, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import { RecordId } from 'surrealdb';
import { signedOut } from '../auth/auth.ts';
import type { Connection } from '../connection/connection.ts';
import { unknownFormat } from '../connection/gateway-error.ts';
import { ClientError } from '../errors.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { LiveQueries } from '../live/live-queries.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import type { PendingWrites, Write } from '../queue/pending-writes.ts';
import type { SchemaDefinition } from '../schema-types.ts';
import { within } from '../within.ts';
import { checkSize } from './check-size.ts';
import { defaultsOf, jobFieldsOf } from './guess.ts';
import { createOf, deleteOf, fieldsOfRow, updateOf } from './operations.ts';
import type { BaseOptions, WaitingOptions, WriteOptions } from './options.ts';
import { type RunOptions, runOf } from './run.ts';
import { recordOf } from './touches.ts';
import type { Writer } from './writer.ts';

export interface WritesOptions {
  readonly schema: SchemaDefinition;
  readonly pending: PendingWrites;
  readonly writer: Writer;
  readonly queries: Pick<LiveQueries, 'knownRow'>;
  readonly jobs: Pick<Jobs, 'follow'>;
  readonly connection: Pick<Connection, 'state' | 'answer'>;
  /** Who is signed in; undefined if nobody is, or if it is not known yet. */
  readonly user: () => RecordId | undefined;
}

/** The options of all tables. */
export type AnyWriteOptions = WriteOptions<object> | WaitingOptions;
export type AnyUpdateOptions = AnyWriteOptions & BaseOptions<object>;

/** Maximum time to find out who is signed in, and for earlier writes. Milliseconds. */
const WAIT_MS = 10_000;
/** How long `run` with a unique key waits for the id of the job that has the key. Milliseconds. */
const KEY_MS = 2_000;

/** The writes of the public interface. Each is either shown at once and kept until it is made, or waits for the database. */
export class Writes {
  readonly #options: WritesOptions;
  /** Calls of `run` whose payload is being checked, by the record that the job is about. Later writes of it wait. */
  readonly #preparing = new Map<string, Promise<void>>();

  constructor(options: WritesOptions) {
    this.#options = options;
  }

  async create(table: string, fields: object, options: AnyWriteOptions = {}): Promise<unknown> {
    const { schema } = this.#options;
    const write = createOf(schema, table, fields);
    if (options.optimistic === false) return await this.#perform(write);
    const guess = this.#guess(table, options);
    return await this.#add(write, (user) => ({ ...defaultsOf(schema, table, fieldsOf(write), user), ...guess }));
  }

  async update(given: unknown, fields: object, options: AnyUpdateOptions = {}): Promise<unknown> {
    const { schema } = this.#options;
    const { base } = options;
    const write = updateOf(schema, given, fields, (id, names) => {
      if (base === false) return {};
      const seen = base === undefined ? undefined : fieldsOfRow(schema, id.table.name, base);
      return seen === undefined ? this.#baseOf(id, names) : picked(seen, names);
    });
    if (options.optimistic === false) return await this.#perform(write);
    const [table] = write.id.$r;
    return await this.#add(write, () => this.#guess(table, options));
  }

  async delete(given: unknown, options: AnyWriteOptions = {}): Promise<unknown> {
    const write = deleteOf(this.#options.schema, given);
    if (options.optimistic === false) return await this.#perform(write);
    return await this.#add(write, () => ({}));
  }

  async run(backend: string, path: string, payload: unknown, options: RunOptions = {}): Promise<RecordId> {
    const user = this.#options.user();
    const record = String(options.assignedTo);
    const { started } = await this.#inTurn(record, async () => {
      const write = await runOf(this.#options.schema, backend, path, payload, options);
      this.#requireSame(user);
      // Only its place in the queue is waited for, and not the database.
      return { started: options.optimistic === false ? this.#performJob(write) : this.#addJob(write) };
    });
    const made = await started;
    if (made instanceof RecordId) return made;
    if (options.uniqueKey === undefined) return made.id;
    this.#options.jobs.follow(made.id, made.saved);
    return await this.#jobWithKey(made);
  }

  /** Makes a job and resolves with its id. */
  async #performJob(write: WireWrite): Promise<RecordId> {
    const answer = await this.#perform(write);
    // Null: the answer was lost, and the job was gone when it was asked for again.
    return answer === null ? (decodeValue(write.id) as RecordId) : jobIdOf(answer);
  }

  /** Shows a job, or returns the id of the pending one that has its unique key. */
  async #addJob(write: WireWrite): Promise<RecordId | Write<unknown>> {
    const known = this.#pendingJob(write);
    if (known !== undefined) return known;
    const [table] = write.id.$r;
    const fields = write.kind === 'run' ? jobFieldsOf(write) : {};
    return await this.#add(write, (user) => ({
      ...defaultsOf(this.#options.schema, table, fields, user),
      ...dueOf(write),
    }));
  }

  /**
   * The check of a payload takes a moment. A later write of the record that the job is about must not overtake the job,
   * so it waits until the job is in the queue.
   */
  async #inTurn<Result>(record: string, task: () => Promise<Result>): Promise<Result> {
    const earlier = this.#preparing.get(record);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#preparing.set(record, done);
    try {
      await earlier;
      return await task();
    } finally {
      resolve();
      if (this.#preparing.get(record) === done) this.#preparing.delete(record);
    }
  }

  /** Shows a request for a job, and keeps it until it is sent. */
  async request(write: WireWrite): Promise<void> {
    await this.#add(write, () => ({}));
  }

  /** Sends a refused write again, with other values for some fields. */
  async retry({ key, write }: PendingWrite, fields: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const [table] = write.id.$r;
    const given = Object.keys(fields).length > 0;
    if (given && write.kind !== 'create' && write.kind !== 'update') {
      throw new ClientError('SPOOKY_CLIENT_INVALID_WRITE', `A ${write.kind} has no fields to change. Discard it.`);
    }
    const encoded = given ? fieldsOfRow(this.#options.schema, table, fields) : {};
    await this.#options.pending.retry(key, encoded);
  }

  /** Makes a write and waits for it, after the pending writes that it must follow. */
  async #perform(write: WireWrite): Promise<unknown> {
    const { pending, writer } = this.#options;
    checkSize(write);
    const user = this.#options.user();
    if (write.kind !== 'run') await this.#preparing.get(recordOf(write));
    // After a reload, those of earlier visits are read first.
    await pending.opened;
    const next = await pending.unblocked(write, WAIT_MS);
    this.#requireSame(user);
    return await writer.write(next);
  }

  /** Shows a write at once if it is known who is signed in. */
  async #add(
    write: WireWrite,
    guessOf: (user: RecordId) => Readonly<Record<string, WireValue>>,
  ): Promise<Write<unknown>> {
    checkSize(write);
    // Without a check under way nothing is awaited, so that the write is shown in the same moment.
    const preparing = write.kind === 'run' ? undefined : this.#preparing.get(recordOf(write));
    if (preparing !== undefined) await preparing;
    const user = this.#options.user() ?? (await this.#present());
    if (this.#options.connection.state.kind === 'closed') await this.#options.connection.answer(0);
    try {
      return await this.#options.pending.add(user, write, guessOf(user));
    } catch (cause) {
      if (cause instanceof ClientError) throw cause;
      const message =
        'The browser could not store this write. Nothing was written. Free some space, or write with { optimistic: false }.';
      throw new ClientError('SPOOKY_CLIENT_STORAGE', message, { cause });
    }
  }

  async #present(): Promise<RecordId> {
    await this.#options.connection.answer(WAIT_MS);
    const user = this.#options.user();
    if (user === undefined) throw signedOut();
    return user;
  }

  #requireSame(user: RecordId | undefined): void {
    const present = this.#options.user();
    if (user !== undefined && !(present?.equals(user) ?? false)) throw signedOut();
  }

  #guess(table: string, { optimistic }: AnyWriteOptions): Record<string, WireValue> {
    return typeof optimistic === 'object' ? fieldsOfRow(this.#options.schema, table, optimistic) : {};
  }

  /** What this page shows of the fields that an update sets. */
  #baseOf(id: RecordId, names: readonly string[]): Record<string, WireValue> {
    const { pending, queries } = this.#options;
    const known = queries.knownRow(id.table.name, String(id));
    const base: Record<string, WireValue> = {};
    for (const name of names) {
      const local = pending.valueOf(String(id), name);
      const value = known === undefined ? UNKNOWN : known.read(name);
      if (local !== undefined) base[name] = local;
      else if (value !== UNKNOWN) base[name] = encodeValue(value);
    }
    return base;
  }

  /** The pending job that has the unique key of this one. */
  #pendingJob(write: WireWrite): RecordId | undefined {
    if (write.kind !== 'run' || write.options?.uniqueKey === undefined) return undefined;
    const { backend, path, options } = write;
    const same = this.#options.pending.shown.find(
      ({ write: other }) =>
        other.kind === 'run' &&
        other.backend === backend &&
        other.path === path &&
        other.options?.uniqueKey === options?.uniqueKey,
    );
    if (same === undefined) return undefined;
    return jobIdOf({ id: new RecordId(same.write.id.$r[0], same.write.id.$r[1] as string) });
  }

  /** The job that has the key, as the gateway says. Without an answer, the job of this call. */
  async #jobWithKey({ id, saved }: Write<unknown>): Promise<RecordId> {
    if (this.#options.connection.state.kind !== 'connected') return id;
    const row = await within(KEY_MS, saved);
    return row === undefined || row === null ? id : jobIdOf(row);
  }
}

/** When a delayed job is due, by the clock of this machine until the database counts. */
function dueOf(write: WireWrite): Readonly<Record<string, WireValue>> {
  const delayMs = write.kind === 'run' ? write.options?.delayMs : undefined;
  return delayMs === undefined ? {} : { run_at: encodeValue(new Date(Date.now() + delayMs)) };
}

/** The answer is the row of the job. */
function jobIdOf(answer: unknown): RecordId {
  const id = typeof answer === 'object' && answer !== null && 'id' in answer ? answer.id : undefined;
  if (id instanceof RecordId) return id;
  throw unknownFormat();
}

function fieldsOf(write: WireWrite): Readonly<Record<string, WireValue>> {
  return 'fields' in write ? write.fields : {};
}

function picked(fields: Readonly<Record<string, WireValue>>, names: readonly string[]): Record<string, WireValue> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}
