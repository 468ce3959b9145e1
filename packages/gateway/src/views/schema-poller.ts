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

export interface SchemaPollerOptions {
  readonly link: Queries;
  readonly readSchema: (queries: Queries) => Promise<DatabaseSchema>;
  readonly compilerOf: (schema: DatabaseSchema) => Compile;
  /** Called with each new schema before anything is compiled with it. */
  readonly onSchema: (schema: DatabaseSchema) => void;
  /** Called when the database has another schema; a round must call `refresh`. */
  readonly onPending: () => void;
  readonly pollMs: number;
  readonly clock: Clock;
}

export class SchemaPoller {
  readonly #options: SchemaPollerOptions;
  readonly #stopping = new AbortController();
  #schema: DatabaseSchema | undefined;
  #compile: Compile | undefined;
  /** How often another schema was found, and up to which of these a round has handled it. */
  #seen = 0;
  #handled = 0;
  #polling: Promise<void> | undefined;

  constructor(options: SchemaPollerOptions) {
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

  /** What a round that begins now handles; pass it to `handled`. */
  get seen(): number {
    return this.#seen;
  }

  get isPending(): boolean {
    return this.#seen !== this.#handled;
  }

  /** Reads the first schema. Rejects if the database cannot be read. */
  async open(): Promise<void> {
    this.#use(await this.#options.readSchema(this.#options.link));
  }

  /** Starts polling for other schemas. */
  start(): void {
    this.#polling ??= this.#poll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  /**
   * Switches to the schema in a round's snapshot. If the round is repeated, the second call finds no new schema.
   *
   * @returns the compiler for the new schema; undefined if the schema is the same
   */
  async refresh(transaction: Queries): Promise<Compile | undefined> {
    const renewed = await this.#options.readSchema(transaction);
    return renewed.hash === this.#schema?.hash ? undefined : this.#use(renewed);
  }

  /** The round that began with this `seen` was published. */
  handled(seen: number): void {
    this.#handled = Math.max(this.#handled, seen);
  }

  #use(next: DatabaseSchema): Compile {
    const { onSchema, compilerOf } = this.#options;
    onSchema(next);
    const made = compilerOf(next);
    this.#schema = next;
    this.#compile = made;
    return made;
  }

  async #poll(): Promise<void> {
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
