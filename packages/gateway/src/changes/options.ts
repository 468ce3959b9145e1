import type { Clock, Link, LinkLogger } from '@spookify/surreal-link';
import type { LIMITS } from '../limits.ts';
import type { Audience } from './audience.ts';

export type ChangeLimits = { readonly [Name in keyof (typeof LIMITS)['changes']]: number };

export interface RoundsOptions {
  /** What else is written on it wakes no round: call `wake` then. */
  readonly link: Pick<Link, 'transaction' | 'query' | 'queryAll' | 'writeSignal'>;
  /** Names this gateway in the database; another one for each start. */
  readonly id: string;
  readonly audience: Audience;
  readonly limits: ChangeLimits;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: LinkLogger;
}

export interface Rounds {
  start(): void;
  stop(): Promise<void>;
  /** A round follows, as soon as the rest after the last one is over. */
  wake(): void;
  /** As `wake`, and the round reads the whole inbox. */
  scan(): void;
  /** The first round that begins after this call. */
  next(): number;
  readonly stats: { readonly rounds: number; readonly conflicts: number; readonly position: number };
}
