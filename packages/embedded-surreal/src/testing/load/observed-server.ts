/**
 * A child process: a server on the folder that the first argument names, which reports its memory and its open objects.
 *
 * It sends `{ url }`, then answers `memory` with the bytes that it uses and `holdings` with its {@link Holdings}.
 * `stop` ends it.
 */
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/**
 * The resident memory after a garbage collection, without what V8 keeps of the collected heap. How much that is depends on
 * how busy the machine is, and looks like a leak in a short run.
 */
function usedBytes(): number {
  collectGarbage();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

const [path = ''] = process.argv.slice(2);
const server = await startServer({ storage: { type: 'rocksdb', path }, root });
process.on('message', (message) => {
  if (message === 'memory') process.send?.(usedBytes());
  else if (message === 'holdings') process.send?.(holdings());
  else void server.close().then(() => process.exit(0));
});
process.send?.({ url: server.url });
