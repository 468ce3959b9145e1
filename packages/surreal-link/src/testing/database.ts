/** A real server with a service user and record users, and links to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerOptions, startServer } from '@spookify/embedded-surreal';
import { onTestFinished } from 'vitest';
import { createLink, type Link, withLink } from '../link.ts';
import type { LinkOptions } from '../options.ts';
import { outgoingFetch } from '../socket/outgoing-fetch.ts';

export const ROOT = { username: 'root', password: 'root-of-a-test' };
export const SERVICE = { username: 'service', password: 'service-of-a-test' };
export const NAMES = { namespace: 'main', database: 'linked' };

/** A service user, and record users who sign up with only a name. */
const SCHEMA = `
  DEFINE USER OVERWRITE service ON DATABASE PASSWORD '${SERVICE.password}' ROLES EDITOR;
  DEFINE TABLE person SCHEMAFULL PERMISSIONS FOR select WHERE id = $auth.id;
  DEFINE FIELD name ON person TYPE string;
  DEFINE ACCESS account ON DATABASE TYPE RECORD
    SIGNUP (CREATE person SET name = $name) SIGNIN (SELECT * FROM person WHERE name = $name)
    DURATION FOR TOKEN 1h, FOR SESSION 1h;
  DEFINE TABLE note SCHEMALESS PERMISSIONS FOR create, select WHERE author = $auth.id;`;

export interface TestDatabase {
  readonly url: string;
  /** Link options for the service user. */
  readonly options: LinkOptions;
  /** Runs work on a link of the owner. */
  asOwner<Result>(work: (owner: Link) => Promise<Result>): Promise<Result>;
  /** Creates a record user and returns a token. */
  signUp(name: string): Promise<string>;
  /** Returns a new token of a record user, through a record access. */
  signIn(access: string, name: string): Promise<string>;
  /** A link of the service user that closes with the test. */
  link(options?: Partial<LinkOptions>): Link;
  close(): Promise<void>;
}

/** A server on disk. Only there do transactions conflict as in production. */
export async function startTestDatabase(options: Partial<ServerOptions> = {}): Promise<TestDatabase> {
  const path = await mkdtemp(join(tmpdir(), 'spooky-link-'));
  const server = await startServer({ storage: { type: 'rocksdb', path }, root: ROOT, ...options });
  return prepare(server.url, async () => {
    await server.close();
    await rm(path, { recursive: true, force: true, maxRetries: 10 });
  });
}

/** Defines namespace, database and schema on a running server. */
export async function prepare(url: string, close: () => Promise<void>): Promise<TestDatabase> {
  const owner: LinkOptions = { url, ...NAMES, ...ROOT, levels: ['root'], defineMissing: true };
  await withLink(owner, (link) => link.queryAll(SCHEMA));
  const service = { url, ...NAMES, ...SERVICE };
  return {
    url,
    options: service,
    asOwner: (work) => withLink(owner, work),
    signUp: (name) => tokenOf(url, 'signup', 'account', name),
    signIn: (access, name) => tokenOf(url, 'signin', access, name),
    link(more = {}) {
      const link = createLink({ ...service, ...more });
      onTestFinished(() => link.close());
      return link;
    },
    close,
  };
}

async function tokenOf(url: string, route: 'signup' | 'signin', ac: string, name: string): Promise<string> {
  const endpoint = new URL(route, url.replace(/^ws/, 'http'));
  const body = JSON.stringify({ ns: NAMES.namespace, db: NAMES.database, ac, name });
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const response = await outgoingFetch(endpoint, { method: 'POST', headers, body });
  const { token }: { token?: unknown } = Object(await response.json());
  if (typeof token !== 'string') throw new Error(`${name} got no token`);
  return token;
}
