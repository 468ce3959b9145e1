import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerOptions, type SurrealServer, startServer } from '@spookify/embedded-surreal';
import { createLink, type Link, type LinkOptions, withLink } from '@spookify/surreal-link';
import { installGateway } from '../install/install.ts';
import { TEST_SCHEMA } from './schema.ts';

export const TOKEN_KEY = 'a-key-of-a-test-that-has-32-characters-or-more';
const ROOT = { username: 'root', password: 'root-of-a-test' };
const SERVICE = { username: 'gateway', password: 'gateway-of-a-test' };
const NAMES = { namespace: 'main', database: 'app' };

/**
 * A real server in service-only mode, on disk, because only there do transactions conflict as they do in production.
 */
export interface TestDatabase {
  /** For links as the gateway's service user. */
  readonly options: LinkOptions;
  /** A link as the owner of the database, for what no client may do. */
  readonly owner: Link;
  stop(): Promise<void>;
  /** Starts the server again on the same port and folder. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param schema replaces the test application's schema */
export async function startTestDatabase(schema = TEST_SCHEMA): Promise<TestDatabase> {
  const path = await mkdtemp(join(tmpdir(), 'spooky-gateway-'));
  const options: ServerOptions = { storage: { type: 'rocksdb', path }, root: ROOT, serviceOnly: true };
  let server: SurrealServer = await startServer({ ...options, port: 0 });
  const { port, url } = server;
  const ownerOptions: LinkOptions = { url, ...NAMES, ...ROOT, levels: ['root'], defineMissing: true, waitMs: 10_000 };
  await withLink(ownerOptions, async (link) => {
    await link.queryAll(schema);
    await link.queryAll(`DEFINE USER OVERWRITE gateway ON DATABASE PASSWORD '${SERVICE.password}' ROLES EDITOR`);
    await installGateway(link, TOKEN_KEY);
  });
  const owner = createLink(ownerOptions);
  await owner.open();
  return {
    options: { url, ...NAMES, ...SERVICE },
    owner,
    stop: () => server.close(),
    async start() {
      server = await startServer({ ...options, port });
    },
    async close() {
      await owner.close();
      await server.close();
      await rm(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
