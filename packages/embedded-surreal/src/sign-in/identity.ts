/** Who is signed in: followed from the engine's answers, and asked for its expiry after every change. */

import { noParams } from '../engine/engine.ts';
import { type Call, forward } from '../protocol/call.ts';
import { fail, type Reply } from '../protocol/frames.ts';
import { recordUsersRefused } from '../protocol/rpc-error.ts';
import { anonymous } from '../session/session.ts';
import { askSession } from '../session/session-facts.ts';
import { applyRemembered } from '../session/use.ts';
import { mayHoldRecordUsers, refusalOfRecordUser } from './service-only.ts';
import { throttled } from './sign-in.ts';

/** signin, signup, authenticate, refresh. A failure leaves the session to whom it belonged. */
export async function changeIdentity(call: Call): Promise<Reply> {
  const refusal = refusalOfRecordUser(call);
  if (refusal !== undefined) return fail(refusal);
  const reply = await throttled(call);
  return reply.ok ? learnIdentity(call, reply) : reply;
}

/** revoke. */
export async function revokeToken(call: Call): Promise<Reply> {
  const refusal = refusalOfRecordUser(call);
  return refusal === undefined ? forward(call) : fail(refusal);
}

/** invalidate, reset. The engine would let the session's live queries run on, so they are ended first. */
export async function clearIdentity(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  session.identity = anonymous;
  session.forgetExpiry();
  connection.evictRecordUsers();
  await connection.endLives(session);
  const reply = await forward(call);
  if (request.method === 'reset') {
    session.namespace = undefined;
    session.database = undefined;
    session.remembered = undefined;
  }
  return reply;
}

async function learnIdentity(call: Call, reply: Reply): Promise<Reply> {
  const { connection, session } = call;
  const facts = await askSession(connection.engine, session.engineId);
  // The engine answers nothing to a session that has expired already.
  const { user, expiresAt } = facts ?? EXPIRED;
  const isRecord = user.type === 'record';
  // The second line: what was let through, but turned out to be a record user after all.
  if (isRecord && !mayHoldRecordUsers(connection, session)) return refuseAfterwards(call);
  session.identity = { type: 'authenticated', user, expiresAt };
  // What a record access runs at a sign-in may write, and a sign-up does.
  if (isRecord) connection.raiseWriteSignal();
  session.namespace = facts?.namespace;
  session.database = facts?.database;
  connection.watchExpiry(session);
  if (facts !== undefined) await applyRemembered(call, facts);
  return reply;
}

const EXPIRED = { user: { type: 'record', id: '' }, expiresAt: 0 } as const;

async function refuseAfterwards(call: Call): Promise<Reply> {
  await clearIdentity({ ...call, request: { ...call.request, method: 'invalidate', params: noParams } });
  return fail(recordUsersRefused());
}
