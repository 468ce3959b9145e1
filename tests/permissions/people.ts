/** A real server with the project's schema, and the people whose sessions the matrix uses. */
import { readFile } from 'node:fs/promises';
import { startServer } from '@spookify/embedded-surreal';
import { type RecordId, Surreal, type SurrealSession } from 'surrealdb';

const ROOT = { username: 'root', password: 'root-of-a-test' };
const SCHEMA = ['schema.surql', 'outbox/api.surql'];
const DATABASE = { namespace: 'main', database: 'main' };

/** Runs statements one after the other and returns their results, undefined for a refused one. */
export type Run = (texts: readonly string[], variables: Readonly<Record<string, unknown>>) => Promise<unknown[]>;

/** A role that tries to read and write the rows of an account. */
export interface Role {
  readonly name: string;
  /** The account whose rows of a table the role tries to access. */
  readonly targetOf: (table: string) => RecordId;
  /** Whether the account was deleted; its rows must not restore it. */
  readonly isDeleted: boolean;
  readonly run: Run;
}

export interface Stage {
  readonly names: { readonly namespace: string; readonly database: string };
  readonly root: Surreal;
  readonly roles: readonly Role[];
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const server = await startServer({ storage: { type: 'memory' }, root: ROOT, throttleSignIns: false });
  const root = new Surreal();
  await root.connect(server.url, { authentication: ROOT, reconnect: false });
  await root.query('DEFINE NAMESPACE IF NOT EXISTS main; USE NS main; DEFINE DATABASE IF NOT EXISTS main;');
  await root.use(DATABASE);
  for (const file of SCHEMA) await root.query(await readFile(new URL(`../../schema/${file}`, import.meta.url), 'utf8'));

  const signUp = async (username: string): Promise<{ session: SurrealSession; user: RecordId }> => {
    const session = await root.newSession();
    await session.use(DATABASE);
    await session.signup({ ...DATABASE, access: 'account', variables: { username, password: 'password-1' } });
    const [user] = await session.query<[RecordId]>('RETURN $auth');
    return { session, user };
  };
  const [ada, ben, cyd] = [await signUp('ada'), await signUp('ben'), await signUp('cyd')];
  // Her session stays open.
  await root.query('DELETE $user', { user: cyd.user });

  // The user of the runner and the backends: permissions do not apply to it, types and rules of fields do.
  await root.query(`DEFINE USER service ON DATABASE PASSWORD '${ROOT.password}' ROLES EDITOR`);
  const service = await root.newSession();
  await service.signin({ ...DATABASE, username: 'service', password: ROOT.password });
  const onAda = { targetOf: () => ada.user, isDeleted: false };
  return {
    names: DATABASE,
    root,
    roles: [
      { name: 'author', ...onAda, run: directly(ada.session) },
      { name: 'stranger', ...onAda, run: directly(ben.session) },
      { name: 'service', ...onAda, run: directly(service) },
      { name: 'author in a transaction', ...onAda, run: inTransaction(ada.session) },
      { name: 'stranger in a transaction', ...onAda, run: inTransaction(ben.session) },
      {
        name: 'deleted user',
        targetOf: (table) => (table === 'user' ? ada.user : cyd.user),
        isDeleted: true,
        run: directly(cyd.session),
      },
    ],
    close: async () => {
      await root.close();
      await server.close();
    },
  };
}

const directly =
  (session: SurrealSession): Run =>
  async (texts, variables) => {
    const responses = await session.query(texts.join(';\n'), { ...variables }).responses();
    return responses.map((response) => (response.success ? response.result : undefined));
  };

/**
 * Runs statements in a transaction over the socket (`BEGIN`), where the engine has no `$auth`. One statement each, because
 * a refusal ends the transaction.
 */
const inTransaction =
  (session: SurrealSession): Run =>
  async (texts, variables) => {
    const results: unknown[] = [];
    for (const text of texts) {
      const transaction = await session.beginTransaction();
      try {
        const [result] = await transaction.query(text, { ...variables });
        await transaction.commit();
        results.push(result);
      } catch {
        await transaction.cancel().catch(() => undefined);
        results.push(undefined);
      }
    }
    return results;
  };
