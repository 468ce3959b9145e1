import { umask } from 'node:process';
import { type RootUser, type Storage, startServer } from '@spookify/embedded-surreal';
import type { ProcessContext } from '@spookify/supervisor';
import { pino } from 'pino';
import { readyWithHeartbeat } from './heartbeat.ts';

export interface DatabasePayload {
  readonly storage: Storage;
  readonly host: string;
  readonly port: number;
  readonly root: RootUser;
}

/**
 * The embedded database as a supervised process, in service-only mode because browsers connect to the gateway. After a crash, the
 * supervisor restarts it on the same port with the same data.
 */
export default async function database(process: ProcessContext): Promise<void> {
  const { storage, ...options } = process.payload as DatabasePayload;
  // Other users of this machine cannot read the files that the engine writes.
  umask(0o077);
  try {
    const server = await startServer({ storage, ...options, serviceOnly: true, logger: pino({ level: 'warn' }) });
    const stopHeartbeat = readyWithHeartbeat(process, () => server.ping());
    process.onStop(async () => {
      await server.close();
      stopHeartbeat();
    });
  } catch (error) {
    // Reports the message alone. A stack trace would bury it.
    process.fail(error);
  }
}
