import { isLoopback } from './loopback.ts';

/** Connects to its target, whatever the environment says of proxies. Loaded late: few programs of a link use HTTP. */
let direct: ReturnType<typeof loadDirect> | undefined;

/**
 * `fetch` to a database's HTTP endpoints. A database on this machine is never asked through a proxy; for every other the
 * environment decides, as for the platform's `fetch`.
 */
export async function databaseFetch(url: URL, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
  if (!isLoopback(url)) return fetch(url, init);
  direct ??= loadDirect();
  const { fetch: fetchDirectly, dispatcher } = await direct;
  // The same interface in two type packages: undici's own, and the one that describes Node's globals.
  const options = { ...init, dispatcher } as unknown as Parameters<typeof fetchDirectly>[1];
  return (await fetchDirectly(url, options)) as unknown as Response;
}

async function loadDirect() {
  const { Agent, fetch: fetchDirectly } = await import('undici');
  return { fetch: fetchDirectly, dispatcher: new Agent() };
}
