import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Connection } from '../session/connection.ts';
import type { Session } from '../session/session.ts';

/** An HTTP request with what the routes need of it. */
export interface Exchange {
  readonly connection: Connection;
  /** The connection's own session, signed in by the request's headers. */
  readonly session: Session;
  readonly request: IncomingMessage;
  readonly url: URL;
  /** The parts of the path that the route leaves open, such as a table's name. */
  readonly path: readonly string[];
  /** The whole body. Throws an HttpProblem when it is larger than the server reads. */
  readonly readBody: () => Promise<Uint8Array>;
  /** The largest body, or part of one, that is held in memory, in bytes. */
  readonly maxBodyBytes: number;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly body?: string | Uint8Array | Readable;
}

export type Route = (exchange: Exchange) => Promise<Answer>;
