/** Transactions of a connection: named only by it, and one statement at a time in the order they were sent. */
import { type Call, forward } from '../protocol/call.ts';
import { arrayItems, major, readHead, readUuid } from '../protocol/cbor.ts';
import { fail, type Reply, uuidParams } from '../protocol/frames.ts';
import { internalError, invalidParams } from '../protocol/rpc-error.ts';

/** `begin`: answers with the transaction's id. */
export async function beginTransaction(call: Call): Promise<Reply> {
  const { connection, session } = call;
  if (connection.transactionCount >= connection.limits.transactions)
    return fail(internalError('Too many transactions'));
  const reply = await forward(call);
  const transaction = reply.ok ? readUuid(reply.result, 0) : undefined;
  if (transaction !== undefined) await connection.addTransaction(transaction, session);
  return reply;
}

/** `commit`, `cancel`: after the work that was sent before. Either way the transaction is over. */
export async function endTransaction(call: Call): Promise<Reply> {
  const { connection, request } = call;
  const id = lastUuid(request.params);
  if (id === undefined) return fail(invalidParams('Expected transaction UUID'));
  const turns = connection.transaction(id);
  if (turns === undefined) return fail(notFound());
  return turns.exclusive(async () => {
    connection.removeTransaction(id);
    const reply = await forward({ ...call, request: { ...request, params: uuidParams(id) } });
    // Also after a commit that failed: whether it took effect may be unknown.
    if (request.method === 'commit') connection.raiseWriteSignal();
    return reply;
  });
}

/** Runs work in the request's transaction, if it names one, when the work sent before it is done. */
export async function inTransaction({ connection, request }: Call, work: () => Promise<Reply>): Promise<Reply> {
  if (request.transaction === undefined) return work();
  const turns = connection.transaction(request.transaction);
  return turns === undefined ? fail(notFound()) : turns.exclusive(work);
}

const notFound = () => invalidParams('Transaction not found');

/** The last parameter, as the engine takes it: a UUID proper, not its text. */
function lastUuid(params: Uint8Array): string | undefined {
  const last = arrayItems(params, 0).at(-1);
  return last !== undefined && readHead(params, last).major === major.tag ? readUuid(params, last) : undefined;
}
