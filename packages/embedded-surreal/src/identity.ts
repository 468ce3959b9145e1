/** Who is signed in: followed from the engine's answers, and asked for its expiry after every change. */
import { type Call, forward } from './call.ts';
import { codec } from './codec.ts';
import { engineRequest, type Reply } from './frames.ts';
import { anonymous } from './session.ts';

/** signin, signup, authenticate, refresh. A failure leaves the session to whom it belonged. */
export async function changeIdentity(call: Call): Promise<Reply> {
  const reply = await forward(call);
  if (reply.ok) await learnIdentity(call);
  return reply;
}

/** invalidate, reset. The engine would let the session's live queries run on, so they are ended first. */
export async function clearIdentity(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  session.identity = anonymous;
  await connection.endLives(session);
  const reply = await forward(call);
  if (request.method === 'reset') {
    session.namespace = undefined;
    session.database = undefined;
  }
  return reply;
}

async function learnIdentity({ connection, session }: Call): Promise<void> {
  const question = codec.encode(['RETURN [$session.exp, $session.ns, $session.db]', {}]);
  const reply = await connection.engine.execute(engineRequest('query', question, session.engineId));
  const results = reply.ok ? (codec.decode(reply.result) as { status: string; result: unknown }[]) : [];
  const answer = results[0]?.status === 'OK' ? results[0].result : undefined;
  if (!Array.isArray(answer)) {
    // The only answer that is refused to somebody just signed in is one to a session that has expired already.
    session.identity = { type: 'authenticated', expiresAt: 0 };
    return;
  }
  const [expiry, namespace, database]: unknown[] = answer;
  session.identity = { type: 'authenticated', expiresAt: typeof expiry === 'number' ? expiry * 1000 : undefined };
  session.namespace = typeof namespace === 'string' ? namespace : undefined;
  session.database = typeof database === 'string' ? database : undefined;
}
