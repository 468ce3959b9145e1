/**
 * KILL in a query. The engine ends any live query by its id, for any client. Here a client's KILL only ends live
 * queries of its own connection. For any other id the client gets the error for an id that does not exist.
 *
 * The engine accepts KILL only as a top-level statement, never in a block, a function or an event, and only followed by
 * a UUID or a parameter. The engine decides which occurrences of the word `kill` are such a statement, rather than part
 * of a string, a comment or a name; see `parse-check.ts`.
 */
import { randomUUID } from 'node:crypto';
import { Uuid } from 'surrealdb';
import type { Call, Handler } from '../protocol/call.ts';
import { writeText } from '../protocol/cbor.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest, fail, type Reply, succeed } from '../protocol/frames.ts';
import { withText } from '../protocol/query-text.ts';
import { internalError } from '../protocol/rpc-error.ts';
import { MAX_CHECKED_WORDS, parses, type Word } from './parse-check.ts';
import { GAP } from './statement-gap.ts';

/** Runs a query whose text contains the word `kill`, by calling `run`. */
export async function checkKill(call: Call, text: string, run: Handler): Promise<Reply> {
  const candidates = findKills(text).filter(({ uuid }) => uuid === undefined || !call.connection.ownsLiveQuery(uuid));
  if (candidates.length === 0) return run(call);
  if ((await parses(call, text, candidates)) || !(await parses(call, text, []))) return run(call);
  if (candidates.length > MAX_CHECKED_WORDS) return fail(internalError('Too many KILL statements in one query'));

  const replaced: Replacement[] = [];
  for (const candidate of candidates) {
    if (await parses(call, text, [candidate])) continue;
    const named = candidate.uuid ?? (candidate.parameter && (await parameterValue(call, candidate.parameter)));
    if (candidate.shown === undefined) return fail(cannotKill('of this form'));
    const own = named !== undefined && call.connection.ownsLiveQuery(named);
    replaced.push({ ...candidate, shown: candidate.shown, by: own ? named : randomUUID() });
  }
  const { request } = call;
  const reply = await run({
    ...call,
    request: { ...request, params: withText(request.params, rewrite(text, replaced)) },
  });
  return reply.ok ? succeed(replaced.reduce(restoreMessage, reply.result)) : reply;
}

interface Kill extends Word {
  /** The range of the id or parameter after KILL. */
  readonly start: number;
  readonly end: number;
  readonly uuid: string | undefined;
  readonly parameter: string | undefined;
  /** The id or parameter as the engine writes it; undefined for a form that this server does not know. */
  readonly shown: string | undefined;
}

type Replacement = Kill & { readonly shown: string; readonly by: string };

const KILL = /kill/gi;
const NAMED = new RegExp(
  String.raw`${GAP}*(?<named>u"(?<double>[\da-fA-F-]{36})"|u'(?<single>[\da-fA-F-]{36})'|\$(?<parameter>\w+))`,
  'y',
);

function findKills(text: string): Kill[] {
  const { length } = 'kill';
  return Array.from(text.matchAll(KILL), ({ index: at }) => {
    NAMED.lastIndex = at + length;
    const end = NAMED.lastIndex;
    const groups = NAMED.exec(text)?.groups;
    if (groups?.named === undefined)
      return { at, length, start: end, end, uuid: undefined, parameter: undefined, shown: undefined };
    const uuid = (groups.double ?? groups.single)?.toLowerCase();
    const shown = uuid === undefined ? `$${groups.parameter}` : `u'${uuid}'`;
    const namedEnd = NAMED.lastIndex;
    return {
      at,
      length,
      start: namedEnd - groups.named.length,
      end: namedEnd,
      uuid,
      parameter: groups.parameter,
      shown,
    };
  });
}

/** The value of a parameter before the query starts: a variable of the request or of the session. */
async function parameterValue({ connection, session, request }: Call, name: string): Promise<string | undefined> {
  const [, variables] = codec.decode(request.params) as [string, Record<string, unknown>?];
  if (variables !== null && typeof variables === 'object' && Object.hasOwn(variables, name)) {
    return uuidText(variables[name]);
  }
  const question = codec.encode([`RETURN $${name}`, {}]);
  const reply = await connection.engine.execute(engineRequest('query', question, session.engineId));
  return reply.ok ? uuidText((codec.decode(reply.result) as { result: unknown }[])[0]?.result) : undefined;
}

const uuidText = (value: unknown): string | undefined =>
  typeof value === 'string' || value instanceof Uuid ? String(value).toLowerCase() : undefined;

function rewrite(text: string, replacements: readonly Replacement[]): string {
  let rewritten = '';
  let copied = 0;
  for (const { start, end, by } of replacements) {
    rewritten += `${text.slice(copied, start)} u"${by}"`;
    copied = end;
  }
  return rewritten + text.slice(copied);
}

const cannotKill = (shown: string) => internalError(`Cannot execute KILL statement using id: ${shown}`);

/** Changes the engine's error message so that it names what the client sent. */
function restoreMessage(result: Uint8Array, { by, shown }: Replacement): Uint8Array {
  const said = writeText(cannotKill(`u'${by}'`).message);
  const bytes = Buffer.from(result.buffer, result.byteOffset, result.byteLength);
  const at = bytes.indexOf(said);
  if (at === -1) return result;
  const meant = writeText(cannotKill(shown).message);
  return Buffer.concat([bytes.subarray(0, at), meant, bytes.subarray(at + said.length)]);
}
