import { isEventStream, joinEvents } from './event-stream.ts';
import { RefusedByProvider, readRefusal } from './provider-refusal.ts';
import { readBody } from './read-body.ts';

/**
 * The `fetch` of the `openai` package. It reads the whole body, so that the package's timeout covers it, and returns what
 * the protocol promises: JSON in UTF-8. An answer to a POST that redirects is an error, because `fetch` would follow it
 * with a GET.
 *
 * @throws RefusedByProvider for an error of any form and status
 * @throws BodyTooLong if the answer is longer than 4 MiB
 */
export async function providerFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  const text = await readBody(response);
  const streamed = isEventStream(response.headers.get('content-type'), text);
  // A broken event makes the whole answer unusable, as broken JSON does.
  const body = streamed ? await joinEvents(text).catch(() => undefined) : jsonIn(text);
  const refusal = readRefusal(response.ok ? 200 : response.status, text, body);
  if (refusal !== undefined) throw new RefusedByProvider(refusal, response.headers);
  return Response.json(body ?? null);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
