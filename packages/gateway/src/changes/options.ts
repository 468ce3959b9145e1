import type { Clock, Link, LinkLogger } from '@spookify/surreal-link';
import type { LIMITS } from '../limits.ts';
import type { ViewMeters } from '../observe/view-meters.ts';
import type { RoundHandler } from './round-handler.ts';

export type ChangeLimits = { readonly [Name in keyof (typeof LIMITS)['changes']]: number };

export interface RoundsOptions {
  /**
   * Commits on this link wake no round, because the write signal reports other connections' writes only. Call `wake`
   * after them.
   */
  readonly link: Pick<Link, 'transaction' | 'query' | 'queryAll' | 'writeSignal'>;
  /** The id of this gateway in the database. It is new for each start. */
  readonly id: string;
  readonly handler: RoundHandler;
  readonly limits: ChangeLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: LinkLogger;
  /** Counts rounds. Default: nothing is counted. */
  readonly meters?: RoundMeters | undefined;
}

type RoundMeters = Pick<ViewMeters, 'round' | 'conflict' | 'fullScan' | 'delivered'>;

export interface Rounds {
  start(): void;
  stop(): Promise<void>;
  /** Starts a round as soon as the pause after the last one is over. */
  wake(): void;
  /** Like `wake`; the round also reads the whole inbox. */
  scan(): void;
  /**
   * Like `wake`; the round also shows entries that are not recent, of transactions that were open for long. It costs less
   * than `scan`, because it needs no transaction while the inbox is small.
   */
  lookBack(): void;
  /** The number of the first round that begins after this call. */
  next(): number;
  readonly stats: { readonly rounds: number; readonly conflicts: number; readonly position: number };
}
