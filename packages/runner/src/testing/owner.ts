import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type Connection, createConnection, type DatabaseOptions } from '../connection.ts';
import { silentLogger } from '../logger.ts';
import { createOwnership, type Ownership, type OwnershipOptions } from '../ownership/ownership.ts';
import type { Partition } from '../ownership/partition.ts';
import type { OwnershipTiming } from '../ownership/timing.ts';

/** Faster than the defaults, but not so fast that a busy machine has gaps between all reads. */
export const FAST: OwnershipTiming = {
  beatMs: 200,
  deadAfterMs: 1_500,
  stopStartingMs: 1_200,
  abortMs: 1_350,
  forgetAfterMs: 60_000,
};

/** What happened to a runner, in order. */
export type OwnershipEvent =
  | { readonly kind: 'taken'; readonly number: number; readonly carefulUntil: Date | undefined }
  | { readonly kind: 'handing over'; readonly number: number }
  | { readonly kind: 'death'; readonly runners: readonly string[] }
  | { readonly kind: 'lost'; readonly why: 'dead' | 'unsure' }
  | { readonly kind: 'sure' };

export interface TestOwner {
  readonly ownership: Ownership;
  readonly connection: Connection;
  readonly events: OwnershipEvent[];
  /** Its log lines, as pino writes them. */
  readonly log: string[];
  numbers(): number[];
  /** Closes its connection, so that it acts no more, like a killed process. */
  disconnect(): Promise<void>;
  /** Ends it in any state. */
  close(): Promise<void>;
}

export interface TestOwnerOptions extends Partial<OwnershipOptions> {
  /** Default: hands over at once. */
  handOver?(partition: Partition): Promise<void>;
  /** Wraps the connection of the ownership. */
  through?(connection: Connection): Connection;
}

/** Starts a runner that owns partitions and does nothing with them. */
export async function startOwner(
  database: DatabaseOptions,
  { through = (connection) => connection, ...options }: TestOwnerOptions,
): Promise<TestOwner> {
  const log: string[] = [];
  const stream = new Writable({
    write(line, _, done) {
      log.push(String(line));
      done();
    },
  });
  const connection = createConnection(database, silentLogger, Math.random);
  const events: OwnershipEvent[] = [];
  const ownership = createOwnership({
    connection: through(connection),
    tables: ['job'],
    logger: pino(stream),
    random: Math.random,
    onTaken: ({ number }, carefulUntil) => void events.push({ kind: 'taken', number, carefulUntil }),
    onDeath: (runners) => void events.push({ kind: 'death', runners }),
    onLost: (why) => void events.push({ kind: 'lost', why }),
    onSure: () => void events.push({ kind: 'sure' }),
    ...options,
    timing: { ...FAST, ...options.timing },
    async handOver(partition) {
      events.push({ kind: 'handing over', number: partition.number });
      await options.handOver?.(partition);
    },
  });
  connection.onConnected(() => ownership.connected());
  ownership.start();
  await connection.open();
  return {
    ownership,
    connection,
    events,
    log,
    numbers: () => ownership.owned.map(({ number }) => number).toSorted((a, b) => a - b),
    disconnect: () => connection.close(),
    async close() {
      await connection.close();
      await ownership.stop();
    },
  };
}
