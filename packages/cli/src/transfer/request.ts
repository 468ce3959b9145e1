import { outgoingFetch } from '@spookify/surreal-link';
import { CliError } from '../errors.ts';
import type { Target } from './target.ts';

/**
 * Sends an HTTP request to a SurrealDB server. Resolves when the headers of a successful response have arrived.
 *
 * @throws CliError `SPOOKY_CLI_DATABASE_UNREACHABLE` without an answer or with status 401, else `SPOOKY_CLI_TRANSFER_FAILED`
 */
export async function request(
  { base, headers }: Target,
  route: string,
  { headers: extra, ...init }: RequestInit & { headers?: Record<string, string>; duplex?: 'half' } = {},
): Promise<Response> {
  const url = new URL(route, base);
  let response: Response;
  try {
    response = await outgoingFetch(url, { ...init, headers: { ...headers, ...extra } });
  } catch (cause) {
    const message = `The database at ${base} does not answer (${causeOf(cause)}); start it, or correct the address.`;
    throw new CliError('SPOOKY_CLI_DATABASE_UNREACHABLE', message, { cause });
  }
  if (response.ok) return response;
  const reason = reasonOf(await response.text());
  if (response.status === 401) {
    const message = `The database at ${base} refuses this user (${reason}); check --user, --pass and --auth-level.`;
    throw new CliError('SPOOKY_CLI_DATABASE_UNREACHABLE', message);
  }
  throw new CliError(
    'SPOOKY_CLI_TRANSFER_FAILED',
    `The database at ${base} refused the request: ${response.status} ${reason}`,
  );
}

/** The message of an error's cause. The message of the error itself is only "fetch failed". */
export function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  return inner.message || ('code' in inner ? String(inner.code) : inner.name);
}

/** The length of a reason, in characters. A page of a web server can be long. */
const MAX_REASON = 500;

/** The description in an error response of SurrealDB. */
function reasonOf(body: string): string {
  try {
    const { information, details, description } = Object(JSON.parse(body));
    return String(information ?? details ?? description ?? body).slice(0, MAX_REASON);
  } catch {
    return body.slice(0, MAX_REASON);
  }
}
