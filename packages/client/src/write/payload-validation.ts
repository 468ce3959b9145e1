import { ClientError } from '../errors.ts';
import type { SchemaDefinition } from '../schema-types.ts';
import { within } from '../within.ts';

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
  const loaded = await within(LOAD_MS, schema.payloads());
  const request = loaded?.payloads[backend]?.[path];
  if (loaded === undefined || request === undefined) return;
  const issues = loaded.payloadIssues(request, json);
  if (issues.length === 0) return;
  const list = issues.map(({ message }) => message).join('; ');
  throw new ClientError('SPOOKY_CLIENT_INVALID_PAYLOAD', `The payload does not fit ${path}: ${list}.`, { issues });
}
