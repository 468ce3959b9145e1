import type { Clock, Link, LinkLogger, Queries } from '@spookify/surreal-link';
import type { ChangeLimits } from '../changes/options.ts';
import type { LIMITS } from '../limits.ts';
import type { Compile } from '../plans/plan.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';

export type ViewLimits = { readonly [Name in keyof (typeof LIMITS)['views']]: number };
export type SocketLimits = Pick<
  { readonly [Name in keyof (typeof LIMITS)['socket']]: number },
  'unsentMaxBytes' | 'behindMaxMs'
>;

/** The part of pino's logger that views use. */
export interface ViewLogger extends LinkLogger {
  readonly error: (details: object, message: string) => void;
}

export interface LiveViewsOptions {
  /**
   * As the gateway's service user. Belongs to the caller, and stays open until `stop` has resolved. What is written on it
   * wakes no round: call `wake` when views are to show it at once.
   */
  readonly link: Pick<Link, 'transaction' | 'query' | 'queryAll' | 'writeSignal'>;
  /** The secret that all gateways of this database share. */
  readonly tokenKey: string;
  /** Reads the schema; called in transactions as well. Default: the real one. */
  readonly readSchema?: (queries: Queries) => Promise<DatabaseSchema>;
  /** Makes the compiler of a schema. Called whenever the schema has changed. Default: the real one. */
  readonly compilerOf?: (schema: DatabaseSchema) => Compile;
  /** Called with each schema that the views go over to, the first one included, before anything is compiled with it. */
  readonly onSchema?: (schema: DatabaseSchema) => void;
  readonly logger: ViewLogger;
  /** Rows of one view. Default: ROWS_MAX. */
  readonly rowsMax?: number;
  /** In place of LIMITS. */
  readonly changeLimits?: Partial<ChangeLimits>;
  readonly viewLimits?: Partial<ViewLimits>;
  readonly socketLimits?: Partial<SocketLimits>;
  /** Default: the real ones. */
  readonly clock?: Clock;
  readonly random?: () => number;
}
