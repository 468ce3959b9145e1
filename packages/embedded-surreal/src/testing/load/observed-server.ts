/**
 * A child process: a server on the folder that the first argument names, which reports its memory and its open objects.
 *
 * It sends `{ url }`, then answers `memory` with its resident memory in bytes and `holdings` with its {@link Holdings}.
 * `stop` ends it.
 */
import { queryObjects } from 'node:v8';
import { startServer } from '../../server.ts';
import { Connection } from '../../session/connection.ts';
import { Session } from '../../session/session.ts';
import { root } from './clients.ts';

/** What the server holds for its clients. */
export interface Holdings {
  /** Objects that the garbage collector still finds. */
  readonly connections: number;
  readonly sessions: number;
  /** Open sockets, without the listening one. */
  readonly sockets: number;
}

/** This takes hundreds of megabytes, so do not call it while memory is measured. */
const holdings = (): Holdings => ({
  connections: queryObjects(Connection, { format: 'count' }),
  sessions: queryObjects(Session, { format: 'count' }),
  sockets: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
});

const [path = ''] = process.argv.slice(2);
const server = await startServer({ storage: { type: 'rocksdb', path }, root });
process.on('message', (message) => {
  if (message === 'memory') process.send?.(process.memoryUsage.rss());
  else if (message === 'holdings') process.send?.(holdings());
  else void server.close().then(() => process.exit(0));
});
process.send?.({ url: server.url });
