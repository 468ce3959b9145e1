/**
 * RPC `write_signal [since?, timeoutMs?]`: resolves with the value of the signal when it differs from `since`, or after
 * the timeout. The connection's own writes do not change the value. Only for service users (of the root, a namespace or
 * a database), not for guests or record users.
 *
 * A wait holds no turn of the session and does not count as a running request. It ends with the connection. The answer
 * is only a number, so a session whose user has changed in the meantime learns nothing else.
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
const MAX_TIMEOUT_MS = 60_000;

export async function waitForWrite({ connection, session, request }: Call): Promise<Reply> {
  const { writeSignal } = connection;
  if (writeSignal === undefined) return fail(methodNotFound());
  // Wait for a sign-in that was sent before.
  const refusal = await session.turns.shared(async () => refuse(session, connection.now()));
  if (refusal !== undefined) return fail(refusal);
  const params = readParams(codec.decode(request.params));
  if (params === undefined) return fail(invalidParams('Expected (since: number, timeout: milliseconds)'));
  const waits = connection.writeSignalWaits;
  if (waits.size >= connection.limits.writeSignalWaits) return fail(internalError(TOO_MANY));
  const value = await writeSignal.wait({
    ...params,
    writer: connection,
    onDisconnect: (cancel) => {
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
  // The engine would refuse an expired session, but it is not asked here.
  if (!session.isSignedIn(now)) return sessionExpired();
  return identity.user.type === 'service' ? undefined : notEnoughPermissions();
}

function readParams(params: unknown): { since: number | undefined; timeoutMs: number } | undefined {
  if (!Array.isArray(params) || params.length > 2) return undefined;
  const since: unknown = params[0] ?? undefined;
  const timeoutMs: unknown = params[1] ?? DEFAULT_TIMEOUT_MS;
  if (since !== undefined && typeof since !== 'number') return undefined;
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) return undefined;
  return { since, timeoutMs: Math.min(timeoutMs, MAX_TIMEOUT_MS) };
}
