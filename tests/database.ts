/** A real server with the project's schema, and users of the app. */
import path from 'node:path';
import { startServer } from '@spookify/embedded-surreal';
import { withLink } from '@spookify/surreal-link';
import { Surreal } from 'surrealdb';
import { loadWithoutTokens } from '../packages/cli/src/load-without-tokens.ts';
import { migrate } from '../packages/cli/src/migrate/migrate.ts';
import { readSchemaFiles, type SchemaFile } from '../packages/cli/src/migrate/schema-files.ts';

const ROOT = { username: 'root', password: 'owner-of-the-test' };
const NAMES = { namespace: 'main', database: 'main' };

export interface SchemaDatabase {
  readonly owner: Surreal;
  /** The applied files, in order. */
  readonly files: readonly SchemaFile[];
  /** Opens a connection without a user. */
  connect(): Promise<Surreal>;
  signUp(username: string): Promise<Surreal>;
  signIn(username: string): Promise<Surreal>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<SchemaDatabase> {
  const server = await startServer({ storage: { type: 'memory' }, root: ROOT });
  const clients: Surreal[] = [];
  const connect = async (authentication?: typeof ROOT): Promise<Surreal> => {
    const client = new Surreal();
    clients.push(client);
    await client.connect(server.url, { ...NAMES, ...(authentication && { authentication }), reconnect: false });
    return client;
  };
  const owner = await connect(ROOT);
  await owner.query('DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS main');
  await owner.use(NAMES);
  const config = await loadWithoutTokens({ cwd: path.resolve(import.meta.dirname, '..'), env: {} });
  const files = await readSchemaFiles(config);
  await withLink({ url: server.url, ...NAMES, ...ROOT, levels: ['root'] }, (link) => migrate(link, files, []));
  const as = async (username: string, how: 'signup' | 'signin'): Promise<Surreal> => {
    const client = await connect();
    await client[how]({ access: 'account', variables: { username, password: 'a long enough one' } });
    return client;
  };
  return {
    ...{ owner, files, connect: () => connect() },
    signUp: (username) => as(username, 'signup'),
    signIn: (username) => as(username, 'signin'),
    async close() {
      for (const client of clients) await client.close();
      await server.close();
    },
  };
}
