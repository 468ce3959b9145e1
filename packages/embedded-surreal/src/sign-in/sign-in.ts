/** Throttles attempts to sign in or sign up. */
import { type Call, forward } from '../protocol/call.ts';
import { fail, type Reply } from '../protocol/frames.ts';
import { internalError, invalidParams } from '../protocol/rpc-error.ts';
import { type Credentials, read, readCredentials } from './credentials.ts';
import { acceptsRecordUsers } from './service-only.ts';
import { signInIdentity } from './sign-in-identity.ts';

const TOO_MANY = 'Too many attempts to sign in; wait a minute and try again';

export async function forwardThrottled(call: Call): Promise<Reply> {
  const { connection, request } = call;
  const { guard } = connection;
  const credentials = guard && readCredentials(request.method, request.params);
  if (guard === undefined || credentials === undefined || !computesPassword(request.method, credentials)) {
    return forward(call);
  }
  const isSignUp = request.method === 'signup';
  const identity = isSignUp ? NO_IDENTITY : await signInIdentity(connection.engine, credentials);
  if (identity === undefined) return fail(invalidParams('Expected fewer values in the credentials'));
  const { throttle } = guard;
  const attempt = {
    ...identity,
    address: originOf(call, guard.address),
    failures: connection.failedSignIns,
    isDisconnected: () => connection.isClosing,
  };
  // A sign-up always counts as a failure, because it costs as much as a failed guess.
  const reply = await throttle.attempt(
    attempt,
    () => forward(call),
    ({ ok }) => isSignUp || !ok,
  );
  if (reply === undefined) return fail(internalError(TOO_MANY));
  if (!reply.ok) connection.failedSignIns += 1;
  return reply;
}

/** A gateway signs in many users from one address, so each of its sessions counts as an address. */
function originOf({ connection, session }: Call, address: string): string {
  const isGateway = connection.serviceOnly && acceptsRecordUsers(connection, session);
  return isGateway ? `${address} ${session.engineId}` : address;
}

const NO_IDENTITY = { accounts: [], identifiesOneUser: false };

/**
 * Checking a token computes no password. But `refresh` signs in by the claims of any token, also by a name and a
 * password in them.
 */
function computesPassword(method: string, credentials: Credentials): boolean {
  if (method === 'authenticate') return false;
  return method !== 'refresh' || read(credentials, 'access') === undefined;
}

/** The address by which clients are counted. For IPv6 it is the network, because a machine has 2^64 addresses there. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail = ''] = address.split('::');
  const groups = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const [before = [], after = []] = groups;
  const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
