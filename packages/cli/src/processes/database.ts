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
 * The embedded database, as a supervised process, for services alone: browsers talk to the gateway. After a crash it comes back on the same port with the same data.
 */
export default async function database(process: ProcessContext): Promise<void> {
  const { storage, ...options } = process.payload as DatabasePayload;
  // What the engine writes from now on, other users of this machine cannot read.
  umask(0o077);
  try {
    const server = await startServer({ storage, ...options, serviceOnly: true, logger: pino({ level: 'warn' }) });
    const stopHeartbeat = readyWithHeartbeat(process, () => server.ping());
    process.onStop(async () => {
      await server.close();
      stopHeartbeat();
    });
  } catch (error) {
    // What is wrong stands in the message; a stack trace would bury it.
    process.fail(error);
  }
}
