import { isLoopback } from './loopback.ts';

/**
 * Connects directly to the target, whatever proxy the environment names. Loaded when first used, because few programs
 * use HTTP.
 */
let direct: ReturnType<typeof loadDirect> | undefined;

/**
 * `fetch` for requests to other parts of the stack, such as the HTTP endpoints of a database or a runner. Never uses a
 * proxy for a loopback address. For other hosts the environment decides, as for the platform's `fetch`.
 *
 * @param url the endpoint
 * @param init as for `fetch`
 */
export async function outgoingFetch(url: URL, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
  if (!isLoopback(url)) return fetch(url, init);
  direct ??= loadDirect();
  const { fetch: fetchDirectly, dispatcher } = await direct;
  // The same interface from two type packages: undici's own, and the one that describes Node's globals.
  const options = { ...init, dispatcher } as unknown as Parameters<typeof fetchDirectly>[1];
  return (await fetchDirectly(url, options)) as unknown as Response;
}

async function loadDirect() {
  const { Agent, fetch: fetchDirectly } = await import('undici');
  return { fetch: fetchDirectly, dispatcher: new Agent() };
}
