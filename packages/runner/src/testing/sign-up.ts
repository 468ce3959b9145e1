import { Surreal } from 'surrealdb';
import type { TestDatabase } from './database.ts';

/**
 * Creates an account and signs in, on a connection that the caller closes. It can run any SurrealQL, which a browser
 * cannot.
 */
export async function signUp({ options }: Pick<TestDatabase, 'options'>, username: string): Promise<Surreal> {
  const { url, namespace, database } = options;
  const client = new Surreal();
  await client.connect(url, { namespace, database });
  const variables = { username, password: 'long-enough-for-a-test' };
  await client.signup({ namespace, database, access: 'account', variables });
  return client;
}
