import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Connection } from '../session/connection.ts';
import type { Session } from '../session/session.ts';

/** An HTTP request and what the routes need to answer it. */
export interface Exchange {
  readonly connection: Connection;
  /** The connection's default session, signed in by the request's headers. */
  readonly session: Session;
  readonly request: IncomingMessage;
  readonly url: URL;
  /** The variable parts of the path, such as a table name. */
  readonly path: readonly string[];
  /** The whole body. Throws an HttpProblem if it exceeds the size limit. */
  readonly readBody: () => Promise<Uint8Array>;
  /** The largest body, or part of a streamed body, that is held in memory, in bytes. */
  readonly maxBodyBytes: number;
}

/** A response. The default status is 200. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: string | Uint8Array | Readable;
}

export type Route = (exchange: Exchange) => Promise<Answer>;
