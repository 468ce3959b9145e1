/** Who is signed in: followed from the engine's answers, and asked for its expiry after every change. */
import { type Call, forward } from './call.ts';
import { fail, type Reply } from './frames.ts';
import { internalError } from './rpc-error.ts';
import { anonymous } from './session.ts';
import { askSession } from './session-facts.ts';
import { signInName } from './sign-in-name.ts';

/** signin, signup, authenticate, refresh. A failure leaves the session to whom it belonged. */
export async function changeIdentity(call: Call): Promise<Reply> {
  const reply = await (call.request.method === 'signin' ? signIn(call) : forward(call));
  if (reply.ok) await learnIdentity(call);
  return reply;
}

/** An attempt to sign in, when its turn has come. */
async function signIn(call: Call): Promise<Reply> {
  const { connection, request } = call;
  if (connection.guard === undefined) return forward(call);
  const { throttle, address } = connection.guard;
  const kind = `${address} ${signInName(request.params)}`;
  const reply = await throttle.attempt(kind, connection.failedSignIns, () => forward(call), isFailure);
  if (reply === undefined) return fail(internalError('Too many attempts to sign in; wait a minute and try again'));
  if (!reply.ok) connection.failedSignIns += 1;
  return reply;
}

const isFailure = (reply: Reply): boolean => !reply.ok;

/** invalidate, reset. The engine would let the session's live queries run on, so they are ended first. */
export async function clearIdentity(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  session.identity = anonymous;
  session.forgetExpiry();
  await connection.endLives(session);
  const reply = await forward(call);
  if (request.method === 'reset') {
    session.namespace = undefined;
    session.database = undefined;
  }
  return reply;
}

async function learnIdentity({ connection, session }: Call): Promise<void> {
  const facts = await askSession(connection.engine, session.engineId);
  // The only one just signed in who is told nothing is one whose session has expired already.
  session.identity = {
    type: 'authenticated',
    expiresAt: facts === undefined ? 0 : facts.expiresAt,
    user: facts?.user ?? { type: 'record', id: '' },
  };
  // What a record access runs at a sign-in may write, and a sign-up does.
  if (session.identity.user.type === 'record') connection.writeSignal?.raise();
  session.namespace = facts?.namespace;
  session.database = facts?.database;
  connection.watchExpiry(session);
}
