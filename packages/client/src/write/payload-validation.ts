import { ClientError } from '../errors.ts';
import type { SchemaDefinition } from '../schema-types.ts';

/** Maximum time to load the code of the check. Milliseconds. */
const LOAD_MS = 2_000;

/**
 * Checks the JSON of a payload with the compiled schema of its route, as gateway, runner and API do. The code of the
 * check is loaded with the first payload, because a page is shown before its first job. If it cannot be loaded, for
 * example on a slow network or after a new version of the page was deployed, nothing is checked here. The gateway checks
 * too.
 *
 * @throws SPOOKY_CLIENT_INVALID_PAYLOAD with every problem in `issues`. The first one is what the others report.
 */
export async function checkPayload(
  schema: SchemaDefinition,
  backend: string,
  path: string,
  json: unknown,
): Promise<void> {
  const loaded = await withinLimit(Promise.all([schema.payloads(), import('@spookify/config/payload-verdict')]));
  if (loaded === undefined) return;
  const [{ payloads }, { payloadIssues }] = loaded;
  const request = payloads[backend]?.[path];
  const issues = request === undefined ? [] : payloadIssues(request, json);
  if (issues.length === 0) return;
  const list = issues.map(({ message }) => message).join('; ');
  throw new ClientError('SPOOKY_CLIENT_INVALID_PAYLOAD', `The payload does not fit ${path}: ${list}.`, { issues });
}

/** What the promise resolves with; undefined if it rejects, or takes too long. */
async function withinLimit<Value>(loading: Promise<Value>): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), LOAD_MS);
  const loaded = await Promise.race([loading.catch(() => undefined), late.promise]);
  clearTimeout(timer);
  return loaded;
}
