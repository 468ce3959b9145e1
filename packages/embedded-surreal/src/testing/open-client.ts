import { Surreal } from 'surrealdb';

/** A guest client of the official SDK that has selected nothing. The caller closes it. */
export async function openClient(url: string): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(url, { reconnect: false });
  return client;
}
