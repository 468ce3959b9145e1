/** An attempt to sign in or up, when its turn has come. */
import { type Call, forward } from './call.ts';
import { fail, type Reply } from './frames.ts';
import { internalError } from './rpc-error.ts';
import { signInName } from './sign-in-name.ts';

export async function throttled(call: Call): Promise<Reply> {
  const { connection, request } = call;
  if (connection.guard === undefined || request.method !== 'signin') return forward(call);
  const { throttle, address } = connection.guard;
  const kind = `${address} ${signInName(request.params)}`;
  const reply = await throttle.attempt(kind, connection.failedSignIns, () => forward(call), isFailure);
  if (reply === undefined) return fail(internalError('Too many attempts to sign in; wait a minute and try again'));
  if (!reply.ok) connection.failedSignIns += 1;
  return reply;
}

const isFailure = (reply: Reply): boolean => !reply.ok;
