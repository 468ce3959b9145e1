import { Surreal } from 'surrealdb';
import type { TestDatabase } from './database.ts';

/** A new account, signed in, on a connection that its caller closes. Runs any SurrealQL, as no browser can. */
export async function signUp({ options }: Pick<TestDatabase, 'options'>, username: string): Promise<Surreal> {
  const { url, namespace, database } = options;
  const client = new Surreal();
  await client.connect(url, { namespace, database });
  const variables = { username, password: 'long-enough-for-a-test' };
  await client.signup({ namespace, database, access: 'account', variables });
  return client;
}
