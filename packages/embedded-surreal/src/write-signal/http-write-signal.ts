import { formatFor, writeReply } from '../http/http-accept.ts';
import type { Route } from '../http/http-exchange.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { call } from '../http/http-sign-in.ts';
import { WRITE_SIGNAL } from './wait-for-write.ts';

/** GET `/write-signal?since=N&timeout=MS`: the value of the signal, as a plain number. */
export const handleWriteSignal: Route = async ({ connection, request, url }) => {
  const format = formatFor(request);
  const params = [whole(url, 'since'), whole(url, 'timeout')];
  const { socket } = request;
  const leave = (): void => connection.cancelWaits();
  socket.once('close', leave);
  try {
    return writeReply(format, await call(connection, WRITE_SIGNAL, params));
  } finally {
    socket.off('close', leave);
  }
};

function whole({ searchParams }: URL, name: string): number | undefined {
  const text = searchParams.get(name);
  if (text === null) return undefined;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  throw HttpProblem.text(400, `${name} must be a whole number, such as ${name}=0`);
}
