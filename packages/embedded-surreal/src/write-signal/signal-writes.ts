import type { Call, Handler } from '../protocol/call.ts';
import { queryText } from '../protocol/query-text.ts';
import { mayWrite } from './may-write.ts';

/** Raises the write signal after a method that writes. A failed method wrote nothing and does not raise it. */
export const signalsWrite =
  (handler: Handler): Handler =>
  async (call) => {
    const reply = await handler(call);
    if (reply.ok) raise(call);
    return reply;
  };

/** Raises it after a query that may write, even a failed one: some of its statements may have succeeded. */
export const signalsQuery =
  (handler: Handler): Handler =>
  async (call) => {
    try {
      return await handler(call);
    } finally {
      const text = queryText(call.request.params);
      if (text !== undefined && mayWrite(text.toString('latin1'))) raise(call);
    }
  };

/** Writes in a transaction are visible only after its commit. */
function raise({ connection, request }: Call): void {
  if (request.transaction === undefined) connection.raiseWriteSignal();
}
