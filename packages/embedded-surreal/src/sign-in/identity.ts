/** Tracks who is signed in on a session. After every change the engine is asked for the user and the expiry. */

import { noParams } from '../engine/engine.ts';
import { type Call, forward } from '../protocol/call.ts';
import { fail, type Reply } from '../protocol/frames.ts';
import { recordUsersRefused } from '../protocol/rpc-error.ts';
import { anonymous } from '../session/session.ts';
import { askSession } from '../session/session-facts.ts';
import { applyGuestSelection } from '../session/use.ts';
import { acceptsRecordUsers, recordUserRefusal } from './service-only.ts';
import { forwardThrottled } from './sign-in.ts';

/** RPC `signin`, `signup`, `authenticate` and `refresh`. A failure does not change who is signed in. */
export async function changeIdentity(call: Call): Promise<Reply> {
  const refusal = recordUserRefusal(call);
  if (refusal !== undefined) return fail(refusal);
  const reply = await forwardThrottled(call);
  return reply.ok ? learnIdentity(call, reply) : reply;
}

/** RPC `revoke`. */
export async function revokeToken(call: Call): Promise<Reply> {
  const refusal = recordUserRefusal(call);
  return refusal === undefined ? forward(call) : fail(refusal);
}

/** RPC `invalidate` and `reset`. Ends the session's live queries first, because the engine would continue them. */
export async function clearIdentity(call: Call): Promise<Reply> {
  const { connection, session, request } = call;
  session.identity = anonymous;
  session.forgetExpiry();
  connection.signOutRefusedUsers();
  await connection.endLiveQueries(session);
  const reply = await forward(call);
  if (request.method === 'reset') {
    session.namespace = undefined;
    session.database = undefined;
    session.guestSelection = undefined;
  }
  return reply;
}

async function learnIdentity(call: Call, reply: Reply): Promise<Reply> {
  const { connection, session } = call;
  const facts = await askSession(connection.engine, session.engineId);
  // The engine does not answer a session that has already expired.
  const { user, expiresAt } = facts ?? EXPIRED;
  const isRecord = user.type === 'record';
  // A second check, after the sign-in: the user turned out to be a record user.
  if (isRecord && !acceptsRecordUsers(connection, session)) return refuseAfterwards(call);
  session.identity = { type: 'authenticated', user, expiresAt };
  // A record access may write at a sign-in, and always does at a sign-up.
  if (isRecord) connection.raiseWriteSignal();
  session.namespace = facts?.namespace;
  session.database = facts?.database;
  connection.watchExpiry(session);
  if (facts !== undefined) await applyGuestSelection(call, facts);
  return reply;
}

const EXPIRED = { user: { type: 'record', id: '' }, expiresAt: 0 } as const;

async function refuseAfterwards(call: Call): Promise<Reply> {
  await clearIdentity({ ...call, request: { ...call.request, method: 'invalidate', params: noParams } });
  return fail(recordUsersRefused());
}
