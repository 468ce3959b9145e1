/** A real server with the demo's schema, and clients of the official SDK; all of it ends with the test. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DriverOptions, Surreal } from 'surrealdb';
import { onTestFinished } from 'vitest';
import { type ServerOptions, type SurrealServer, startServer } from '../server.ts';

export const root = { username: 'root', password: 'correct "horse" \\ battéry' };
export const demo = { namespace: 'main', database: 'spookify' };

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<SurrealServer> {
  const server = await startServer({ storage: { type: 'memory' }, root, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A client that has selected the demo's database and is signed in as nobody. */
export async function connectGuest(url: string, options: DriverOptions = {}): Promise<Surreal> {
  const client = new Surreal(options);
  await client.connect(url, { ...demo, reconnect: false });
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

export async function applySchema(client: Surreal): Promise<void> {
  for (const file of ['schema.surql', 'outbox/api.surql']) {
    await client.query(await readFile(new URL(`../../../../schema/${file}`, import.meta.url), 'utf-8'));
  }
}

export interface Person {
  readonly client: Surreal;
  readonly tokens: { access: string; refresh?: string };
}

/** Somebody with an account of the demo, on a connection of their own. */
export async function signUp(url: string, username: string): Promise<Person> {
  const client = await connectGuest(url);
  const tokens = await client.signup({ access: 'account', variables: { username, password: 'password-1' } });
  return { client, tokens: { access: tokens.access, ...(tokens.refresh ? { refresh: tokens.refresh } : {}) } };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spooky database '));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
