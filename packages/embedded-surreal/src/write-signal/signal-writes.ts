import type { Call, Handler } from '../protocol/call.ts';
import { queryText } from '../protocol/query-text.ts';
import { mayWrite } from './may-write.ts';

/** Raises the write signal after a method that writes, unless it failed: then nothing was written. */
export const signalsWrite =
  (handler: Handler): Handler =>
  async (call) => {
    const reply = await handler(call);
    if (reply.ok) raise(call);
    return reply;
  };

/** Raises it after a query that may write, also when it failed: some of its statements may have succeeded. */
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

/** What is written inside a transaction can be seen after its commit only. */
function raise({ connection, request }: Call): void {
  if (request.transaction === undefined) connection.raiseWriteSignal();
}
