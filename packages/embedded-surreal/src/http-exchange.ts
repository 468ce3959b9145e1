import type { IncomingMessage } from 'node:http';
import type { Connection } from './connection.ts';

/** An HTTP request with what the routes need of it. */
export interface Exchange {
  readonly connection: Connection;
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}
