/** RPC `query`: checks the SurrealQL for statements that would do harm in the engine, then forwards it. */

import { trackLiveQueries } from '../live-queries/live-queries.ts';
import type { Call, Handler } from '../protocol/call.ts';
import { fail, type Reply } from '../protocol/frames.ts';
import { isChunked, queryText, withText } from '../protocol/query-text.ts';
import { excessiveDepth } from '../protocol/rpc-error.ts';
import { isTooLong } from './expression-length.ts';
import { checkKill } from './kill-statement.ts';
import { checkUse } from './use-statement.ts';

const KILL = /kill/i;
const USE = /\buse\b/i;

const isService = ({ session: { identity } }: Call): boolean =>
  identity.type === 'authenticated' && identity.user.type === 'service';

export async function runQuery(call: Call): Promise<Reply> {
  const { request } = call;
  const bytes = queryText(request.params);
  if (bytes === undefined) return trackLiveQueries(call);
  // Keywords are ASCII, so one character per byte is enough to find them and is the cheapest.
  const characters = bytes.toString('latin1');
  if (isTooLong(characters, !isService(call))) return fail(excessiveDepth());
  const [hasKill, hasUse] = [KILL.test(characters), USE.test(characters)];
  if (!hasKill && !hasUse && !isChunked(request.params)) return trackLiveQueries(call);
  const text = bytes.toString('utf-8');
  const whole = { ...call, request: { ...request, params: withText(request.params, text) } };
  const run: Handler = hasKill ? (checked) => checkKill(checked, text, trackLiveQueries) : trackLiveQueries;
  return hasUse ? checkUse(whole, text, run) : run(whole);
}
