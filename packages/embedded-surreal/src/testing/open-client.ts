import { Surreal } from 'surrealdb';

/** A client of the official SDK that has selected nothing and is signed in as nobody; whoever opens it closes it. */
export async function openClient(url: string): Promise<Surreal> {
  const client = new Surreal();
  await client.connect(url, { reconnect: false });
  return client;
}
