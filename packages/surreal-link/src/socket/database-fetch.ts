import { Agent, fetch as undiciFetch } from 'undici';
import { isLoopback } from './loopback.ts';

/** Connects to its target, whatever the environment says of proxies. */
let direct: Agent | undefined;

/**
 * `fetch` to a database's HTTP endpoints. A database on this machine is never asked through a proxy; for every other the
 * environment decides, as for the platform's `fetch`.
 */
export async function databaseFetch(url: URL, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
  if (!isLoopback(url)) return fetch(url, init);
  direct ??= new Agent();
  // The same interface in two type packages: undici's own, and the one that describes Node's globals.
  const options = { ...init, dispatcher: direct } as unknown as Parameters<typeof undiciFetch>[1];
  return (await undiciFetch(url, options)) as unknown as Response;
}
