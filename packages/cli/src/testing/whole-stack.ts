/** A database, a gateway, a runner, a backend and a client in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Client, createClient, defineSchema, type RecordId } from '@spookify/client';
import { startServer } from '@spookify/embedded-surreal';
import { createGateway } from '@spookify/gateway';
import { installGateway } from '@spookify/gateway/install';
import { createRunner } from '@spookify/runner';
import { newOutboxFile } from '@spookify/runner/outbox';
import { installOwnership } from '@spookify/runner/ownership';
import { createLink, type Link } from '@spookify/surreal-link';
import { findTarget, type Target } from '../transfer/target.ts';

const ROOT = { username: 'root', password: 'root-of-a-test' };
const SERVICE = { username: 'service', password: 'service-of-a-test' };
const KEY = 'a-key-of-a-test-that-has-32-characters-or-more';
const NAMESPACE = 'main';

const SCHEMA = `
  DEFINE USER OVERWRITE service ON DATABASE PASSWORD '${SERVICE.password}' ROLES EDITOR;
  DEFINE TABLE person SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE ACCESS account ON DATABASE TYPE RECORD SIGNUP (CREATE person) DURATION FOR TOKEN 1h, FOR SESSION 1h;
  DEFINE TABLE thing SCHEMALESS PERMISSIONS FOR select, create, update WHERE $auth.id != NONE;
  DEFINE FIELD held ON thing TYPE any;`;

const RULE = `DEFINE FIELD OVERWRITE created_by ON job TYPE option<record<person>> DEFAULT $auth.id READONLY;
DEFINE FIELD OVERWRITE assigned_to ON job TYPE option<record> READONLY;
DEFINE FUNCTION OVERWRITE fn::job::may_assign($job: object) { RETURN false; };
`;

interface Row<Name extends string> {
  row: { id: RecordId<Name>; [field: string]: unknown };
  create: Record<string, unknown>;
  update: Record<string, unknown>;
  relations: Record<never, never>;
}

export interface Tables {
  thing: Row<'thing'>;
  job: Row<'job'>;
}

export interface Backends {
  api: { '/echo': { payload: Record<string, unknown>; result: unknown } };
}

const schema = defineSchema<Tables, Backends>({
  tables: {
    thing: { fields: ['held'], relations: {} },
    job: { fields: ['path', 'payload', 'status', 'result', 'errors'], relations: {} },
  },
  backends: { api: { table: 'job', routes: ['/echo'] } },
  // Every payload fits the schema of the route.
  payloads: async () => ({ payloads: {}, payloadIssues: () => [] }),
});

/** One application from the client to the backend. */
export interface WholeStack {
  /** A signed-in user. */
  readonly db: Client<Tables, Backends>;
  readonly owner: Link;
  /** The bodies that the backend has received, as text. It answers with the same text. */
  readonly bodies: ReadonlySet<string>;
  /** The database as `spooky db export` and `spooky db import` know it, or another one on the same server. */
  target(database?: string): Promise<Target>;
  /** A link to another database on the same server, as its owner. */
  openOther(database: string): Promise<Link>;
  readonly folder: string;
  close(): Promise<void>;
}

export async function startWholeStack(): Promise<WholeStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-values-'));
  const storage = { type: 'rocksdb', path: path.join(folder, 'data') } as const;
  const server = await startServer({ storage, root: ROOT, serviceOnly: true, port: 0 });
  const linkTo = async (database: string): Promise<Link> => {
    const names = { namespace: NAMESPACE, database };
    const link = createLink({ url: server.url, ...names, ...ROOT, levels: ['root'], defineMissing: true });
    await link.open();
    return link;
  };
  const owner = await linkTo('app');
  await owner.queryAll(SCHEMA + newOutboxFile({ backend: 'api', table: 'job' }, RULE));
  await installOwnership(owner);
  await installGateway(owner, KEY);

  const bodies = new Set<string>();
  const backend = createServer(async (request, response) => {
    const body = await text(request);
    bodies.add(body);
    response.setHeader('content-type', 'application/json').end(body);
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;

  const service = { url: server.url, namespace: NAMESPACE, database: 'app', ...SERVICE };
  const routes = { '/echo': { path: '/echo', request: {} } };
  const gateway = createGateway({
    database: service,
    tokenKey: KEY,
    http: {},
    origins: [],
    backends: [{ name: 'api', table: 'job', routes }],
    project: 'test',
  });
  await gateway.start();
  const runner = createRunner({
    database: service,
    backends: [{ name: 'api', table: 'job', baseUrl, routes, timeoutMs: 10_000, concurrency: 16 }],
  });
  await runner.start();
  const db = createClient({ schema, url: `http://127.0.0.1:${gateway.port}` });
  await db.auth.signUp('account', {});

  return {
    ...{ db, owner, bodies, folder, openOther: linkTo },
    target: (database = 'app') => {
      const endpoint = server.url;
      const options = { endpoint, user: ROOT.username, pass: ROOT.password, ns: NAMESPACE, db: database };
      return findTarget({ ...options, authLevel: 'root' }, { env: {} } as Parameters<typeof findTarget>[1]);
    },
    async close() {
      db.close();
      await runner.stop({ graceMs: 0 });
      await gateway.stop();
      backend.close();
      await owner.close();
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
