import { Surreal } from 'surrealdb';

/** A client of the official SDK that has neither signed in nor selected a database. The caller closes it. */
export async function openClient(url: string): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(url, { reconnect: false });
  return client;
}
