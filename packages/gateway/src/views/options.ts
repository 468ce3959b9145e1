import type { Clock, Link, LinkLogger, Queries } from '@spookify/surreal-link';
import type { ChangeLimits } from '../changes/options.ts';
import type { LIMITS } from '../limits.ts';
import type { ViewMeters } from '../observe/view-meters.ts';
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
   * A connection as the gateway's service user. It belongs to the caller and stays open until `stop` has resolved.
   * Writes on this link do not wake a round; call `wake` if views should show them at once.
   */
  readonly link: Pick<Link, 'transaction' | 'query' | 'queryAll' | 'writeSignal'>;
  /** The secret that all gateways of this database share. */
  readonly tokenKey: string;
  /** Reads the schema, also inside transactions. Default: readDatabaseSchema. */
  readonly readSchema?: (queries: Queries) => Promise<DatabaseSchema>;
  /** Creates the compiler for a schema. Called whenever the schema has changed. Default: createCompiler. */
  readonly compilerOf?: (schema: DatabaseSchema) => Compile;
  /** Called with each schema that the views switch to, including the first, before anything is compiled with it. */
  readonly onSchema?: (schema: DatabaseSchema) => void;
  readonly logger: ViewLogger;
  /** Counts what happens in rounds and to views. Default: nothing is counted. */
  readonly meters?: ViewMeters;
  /** The most rows of one view. Default: ROWS_MAX. */
  readonly rowsMax?: number;
  /** Each replaces some of the limits in limits.ts. */
  readonly changeLimits?: Partial<ChangeLimits>;
  readonly viewLimits?: Partial<ViewLimits>;
  readonly socketLimits?: Partial<SocketLimits>;
  /** Default: the monotonic clock, and Math.random. */
  readonly clock?: Clock;
  readonly random?: () => number;
}
