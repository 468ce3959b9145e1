/**
 * Selecting a namespace and a database. The engine creates a selected namespace or database that does not exist, for
 * every user. Here a selection only creates something if the user has the right to define it.
 */

import type { Engine } from '../engine/engine.ts';
import { type Call, forward } from '../protocol/call.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest, type Reply } from '../protocol/frames.ts';
import { notFound, type RpcError } from '../protocol/rpc-error.ts';
import { quotedName } from '../protocol/surrealql-text.ts';
import { NOTHING_SELECTED, type Selection } from './session.ts';

/**
 * The reason why a signed-in session may not make this selection; undefined once it exists. Missing parts are defined
 * in the session itself, so the engine decides whether the user may. The session's selection does not change.
 */
export async function requireSelectable(
  call: Call,
  wanted: Selection,
  current: Selection,
): Promise<RpcError | undefined> {
  const { engine } = call.connection;
  const { namespace, database } = wanted;
  if (namespace === undefined) return undefined;
  if (!(await namespaces(engine)).has(namespace)) {
    if (!(await runs(call, `DEFINE NAMESPACE IF NOT EXISTS ${quotedName(namespace)}`)))
      return notFound('Namespace', namespace);
  }
  if (database === undefined || (await databases(engine, namespace)).has(database)) return undefined;
  // The engine checks the right to define a database against the selected namespace.
  const text = `USE NS ${quotedName(namespace)}; DEFINE DATABASE IF NOT EXISTS ${quotedName(database)}`;
  const isDefined = await runs(call, text);
  await select(call, (await exists(engine, current)) ? current : NOTHING_SELECTED);
  return isDefined ? undefined : notFound('Database', database);
}

/** Selects a namespace and database that exist. Undefined parts are unselected. */
export function select(call: Call, { namespace, database }: Selection): Promise<Reply> {
  const params = codec.encode([namespace ?? null, database ?? null]);
  return forward({ ...call, request: { ...call.request, method: 'use', params } });
}

/** The engine's default selection for a session that does not select anything. */
export async function defaultSelection(engine: Engine): Promise<Selection> {
  const [info] = (await engine.queryAsOwner('INFO FOR ROOT')) as { defaults?: Partial<Selection> }[];
  return { namespace: info?.defaults?.namespace, database: info?.defaults?.database };
}

/** Whether this can be selected without creating anything. */
async function exists(engine: Engine, { namespace, database }: Selection): Promise<boolean> {
  if (namespace === undefined) return true;
  if (!(await namespaces(engine)).has(namespace)) return false;
  return database === undefined || (await databases(engine, namespace)).has(database);
}

async function namespaces(engine: Engine): Promise<ReadonlySet<string>> {
  const [info] = (await engine.queryAsOwner('INFO FOR ROOT')) as { namespaces: object }[];
  return new Set(Object.keys(info?.namespaces ?? {}));
}

/** The namespace must exist, because this would create it. */
async function databases(engine: Engine, namespace: string): Promise<ReadonlySet<string>> {
  const [, info] = (await engine.queryAsOwner(`USE NS ${quotedName(namespace)}; INFO FOR NS`)) as {
    databases: object;
  }[];
  return new Set(Object.keys(info?.databases ?? {}));
}

/** The definition of a database's access as SurrealQL; undefined if it does not exist. */
export async function accessDefinition(
  engine: Engine,
  namespace: string,
  database: string,
  access: string,
): Promise<string | undefined> {
  if (!(await namespaces(engine)).has(namespace) || !(await databases(engine, namespace)).has(database))
    return undefined;
  const answers = await engine.queryAsOwner(`USE NS ${quotedName(namespace)} DB ${quotedName(database)}; INFO FOR DB`);
  const { accesses } = answers.at(-1) as { accesses: Readonly<Record<string, string>> };
  return Object.hasOwn(accesses, access) ? accesses[access] : undefined;
}

/** Whether the session's user may run these statements. Runs them. */
async function runs({ connection, session }: Call, text: string): Promise<boolean> {
  const reply = await connection.engine.execute(engineRequest('query', codec.encode([text, {}]), session.engineId));
  if (!reply.ok) return false;
  return (codec.decode(reply.result) as { status: string }[]).every(({ status }) => status === 'OK');
}
