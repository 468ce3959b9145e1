/**
 * Transactions of a connection: only it can name them, and their statements run one at a time in the order they were
 * sent.
 */
import { type Call, forward } from '../protocol/call.ts';
import { arrayItems, major, readHead, readUuid } from '../protocol/cbor.ts';
import { fail, type Reply, uuidParams } from '../protocol/frames.ts';
import { internalError, invalidParams } from '../protocol/rpc-error.ts';

/** RPC `begin`: returns the id of the transaction. */
export async function beginTransaction(call: Call): Promise<Reply> {
  const { connection, session } = call;
  if (connection.transactionCount >= connection.limits.transactions)
    return fail(internalError('Too many transactions'));
  const reply = await forward(call);
  const transaction = reply.ok ? readUuid(reply.result, 0) : undefined;
  if (transaction !== undefined) await connection.addTransaction(transaction, session);
  return reply;
}

/** RPC `commit` and `cancel`: run after the statements sent before. The transaction ends in either case. */
export async function endTransaction(call: Call): Promise<Reply> {
  const { connection, request } = call;
  const id = lastUuid(request.params);
  if (id === undefined) return fail(invalidParams('Expected transaction UUID'));
  const turns = connection.transaction(id);
  if (turns === undefined) return fail(notFound());
  return turns.exclusive(async () => {
    connection.removeTransaction(id);
    const reply = await forward({ ...call, request: { ...request, params: uuidParams(id) } });
    // Also after a failed commit, because its effect may be unknown.
    if (request.method === 'commit') connection.raiseWriteSignal();
    return reply;
  });
}

/** Runs work in the request's transaction, if it names one, after the work that was sent before. */
export async function inTransaction({ connection, request }: Call, work: () => Promise<Reply>): Promise<Reply> {
  if (request.transaction === undefined) return work();
  const turns = connection.transaction(request.transaction);
  return turns === undefined ? fail(notFound()) : turns.exclusive(work);
}

const notFound = () => invalidParams('Transaction not found');

/** The last parameter. Like the engine, accepts a UUID value but not its text. */
function lastUuid(params: Uint8Array): string | undefined {
  const last = arrayItems(params, 0).at(-1);
  return last !== undefined && readHead(params, last).major === major.tag ? readUuid(params, last) : undefined;
}
