/**
 * `write_signal [since?, timeoutMs?]`: resolves with the signal's value when it differs from `since`, or after the
 * timeout. The connection's own writes do not change it. For service users only: users of the root, a namespace or a database, not guests and not record users.
 *
 * The wait itself holds no turn of the session and no place among the connection's running requests, and ends with the
 * connection. It carries no data, so a session that has changed hands in the meantime learns nothing but a number.
 */
import type { Call } from '../protocol/call.ts';
import { codec } from '../protocol/codec.ts';
import { fail, type Reply, succeed } from '../protocol/frames.ts';
import {
  anonymousNotAllowed,
  internalError,
  invalidParams,
  methodNotFound,
  notEnoughPermissions,
  type RpcError,
  sessionExpired,
} from '../protocol/rpc-error.ts';
import type { Session } from '../session/session.ts';

export const WRITE_SIGNAL = 'write_signal';

const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 60_000;

export async function waitForWrite({ connection, session, request }: Call): Promise<Reply> {
  const { writeSignal } = connection;
  if (writeSignal === undefined) return fail(methodNotFound());
  // A sign-in that was sent before comes first.
  const refusal = await session.turns.shared(async () => refuse(session, connection.now()));
  if (refusal !== undefined) return fail(refusal);
  const params = readParams(codec.decode(request.params));
  if (params === undefined) return fail(invalidParams('Expected (since: number, timeout: milliseconds)'));
  const waits = connection.waits;
  if (waits.size >= connection.limits.writeWaits) return fail(internalError(TOO_MANY));
  const value = await writeSignal.wait({
    ...params,
    writer: connection,
    onGone: (cancel) => {
      waits.add(cancel);
      return () => waits.delete(cancel);
    },
  });
  return value === undefined ? fail(internalError(TOO_MANY)) : succeed(codec.encode(value));
}

const TOO_MANY = 'Too many requests wait for the write signal';

function refuse(session: Session, now: number): RpcError | undefined {
  const { identity } = session;
  if (identity.type === 'anonymous') return anonymousNotAllowed();
  // The engine refuses an expired session's work by itself, but is not asked here.
  if (!session.isSignedIn(now)) return sessionExpired();
  return identity.user.type === 'service' ? undefined : notEnoughPermissions();
}

function readParams(params: unknown): { since: number | undefined; timeoutMs: number } | undefined {
  if (!Array.isArray(params) || params.length > 2) return undefined;
  const since: unknown = params[0] ?? undefined;
  const timeoutMs: unknown = params[1] ?? DEFAULT_TIMEOUT_MS;
  if (since !== undefined && typeof since !== 'number') return undefined;
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) return undefined;
  return { since, timeoutMs: Math.min(timeoutMs, LONGEST_TIMEOUT_MS) };
}
