/*
 * The schema that views are compiled with.
 *
 *   used ──the poll finds another one──▶ pending ──a round reads it in its transaction──▶ used
 *
 * The poll only triggers the round. The round reads the schema itself, so that schema and rows belong to the same
 * moment.
 */
import type { Clock, Queries } from '@spookify/surreal-link';
import type { Compile } from '../plans/plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';

export interface SchemaWatchOptions {
  readonly link: Queries;
  readonly readSchema: (queries: Queries) => Promise<DatabaseSchema>;
  readonly compilerOf: (schema: DatabaseSchema) => Compile;
  /** Called with each new schema before anything is compiled with it. */
  readonly onSchema: (schema: DatabaseSchema) => void;
  /** Called when the database has another schema; a round must call `renew`. */
  readonly onPending: () => void;
  readonly pollMs: number;
  readonly clock: Clock;
}

export class SchemaWatch {
  readonly #options: SchemaWatchOptions;
  readonly #stopping = new AbortController();
  #schema: DatabaseSchema | undefined;
  #compile: Compile | undefined;
  /** How often another schema was found, and up to which of these a round has handled it. */
  #seen = 0;
  #shown = 0;
  #watching: Promise<void> | undefined;

  constructor(options: SchemaWatchOptions) {
    this.#options = options;
  }

  /** Undefined before a schema was read. */
  get compile(): Compile | undefined {
    return this.#compile;
  }

  /** The hash of the schema that views are compiled with. */
  get hash(): string | undefined {
    return this.#schema?.hash;
  }

  /** What a round that begins now handles; pass it to `shown`. */
  get seen(): number {
    return this.#seen;
  }

  get isPending(): boolean {
    return this.#seen !== this.#shown;
  }

  /** Reads the first schema. Rejects if the database cannot be read. */
  async open(): Promise<void> {
    this.#use(await this.#options.readSchema(this.#options.link));
  }

  /** Starts polling for other schemas. */
  start(): void {
    this.#watching ??= this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  /**
   * Switches to the schema in a round's snapshot. If the round is repeated, the second call finds no new schema.
   *
   * @returns the compiler for the new schema; undefined if the schema is the same
   */
  async renew(transaction: Queries): Promise<Compile | undefined> {
    const renewed = await this.#options.readSchema(transaction);
    return renewed.hash === this.#schema?.hash ? undefined : this.#use(renewed);
  }

  /** The round that began with this `seen` was published. */
  shown(seen: number): void {
    this.#shown = Math.max(this.#shown, seen);
  }

  #use(next: DatabaseSchema): Compile {
    const { onSchema, compilerOf } = this.#options;
    onSchema(next);
    const made = compilerOf(next);
    this.#schema = next;
    this.#compile = made;
    return made;
  }

  async #watch(): Promise<void> {
    const { clock, pollMs, readSchema, link, onPending } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.pause(pollMs, signal);
      if (signal.aborted) return;
      // The database may not answer; rounds report that.
      const found = await readSchema(link).catch(() => undefined);
      if (found === undefined || found.hash === this.#schema?.hash) continue;
      this.#seen += 1;
      onPending();
    }
  }
}
