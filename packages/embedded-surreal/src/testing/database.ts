/** A real server and clients of the official SDK. All of them close when the test ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DriverOptions, Surreal } from 'surrealdb';
import { onTestFinished } from 'vitest';
import { type ServerOptions, type SurrealServer, startServer } from '../server.ts';

export const root = { username: 'root', password: 'correct "horse" \\ battéry' };
/** The namespace and database that these clients select. */
export const names = { namespace: 'main', database: 'test' };

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<SurrealServer> {
  const server = await startServer({ storage: { type: 'memory' }, root, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A client that has selected the database of the tests and has not signed in. */
export async function connectGuest(url: string, options: DriverOptions = {}): Promise<Surreal> {
  const client = new Surreal(options);
  await client.connect(url, { ...names, reconnect: false });
  onTestFinished(async () => {
    await client.close();
  });
  return client;
}

export async function connectRoot(url: string, options: DriverOptions = {}): Promise<Surreal> {
  const client = await connectGuest(url, options);
  await client.signin(root);
  return client;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spooky database '));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
