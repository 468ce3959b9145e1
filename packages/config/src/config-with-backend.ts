import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parseDocument } from 'yaml';
import { valueAt } from './schema-lookup.ts';
import { parseSource } from './source.ts';

/** A backend to add to sp00ky.yml. Paths are relative to that file and use `/`. */
export interface BackendEntry {
  readonly name: string;
  readonly baseUrl: string;
  readonly spec: string;
  /** Name of the variable that holds its bearer token. */
  readonly tokenVariable: string;
  readonly table: string;
  /** SurrealQL file of the outbox. */
  readonly outbox: string;
  /** The `dev` value as YAML on one line. Default: none. */
  readonly dev?: string;
}

/** Returns the lines of the backend under `backends:`. */
export function backendEntry(entry: BackendEntry, indent = '  '): string {
  const { name, baseUrl, spec, tokenVariable, table, outbox, dev } = entry;
  const lines = [
    `  type: http`,
    `  baseUrl: ${baseUrl}`,
    `  spec: ${spec}`,
    `  auth: { type: token, token: "\${${tokenVariable}}" }`,
    `  method: { type: outbox, table: ${table}, schema: ${outbox} }`,
    ...(dev === undefined ? [] : [`  dev: ${dev}`]),
  ];
  return [`${name}:`, ...lines].map((line) => `${indent}${line}`).join('\n');
}

/**
 * Adds a backend to the text of a sp00ky.yml, after the others. The rest of the text is unchanged, including comments.
 *
 * @returns the new text; `there` if the backend already exists; `unsupported` if `backends` is not in block style or
 * `dev` is not YAML
 */
export function configWithBackend(text: string, entry: BackendEntry): string | 'there' | 'unsupported' {
  const document = parseDocument(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return 'unsupported';
  if (document.hasIn(['backends', entry.name])) return 'there';
  const entered = enter(text, entry);
  return entered !== undefined && holds(entered, entry) ? entered : 'unsupported';
}

function enter(text: string, entry: BackendEntry): string | undefined {
  const document = parseDocument(text);
  if (!document.has('backends')) return `${text.trimEnd()}\n\nbackends:\n${backendEntry(entry)}\n`.trimStart();
  const backends = document.get('backends', true);
  if (isScalar(backends) || (isMap(backends) && backends.items.length === 0)) {
    // `backends:` and `backends: {}`
    if (!backends.range || (isScalar(backends) && backends.value !== null)) return undefined;
    const [start, end] = backends.range;
    return `${text.slice(0, start).trimEnd()}\n${backendEntry(entry)}${text.slice(end)}`;
  }
  if (!isMap(backends) || backends.flow === true || !backends.range) return undefined;
  const [first] = backends.items;
  if (!isScalar(first?.key) || !first.key.range) return undefined;
  const indent = text.slice(text.lastIndexOf('\n', first.key.range[0] - 1) + 1, first.key.range[0]);
  // Text after the last backend, such as a comment about the next section, stays behind the new one.
  const end = text.slice(0, backends.range[1]).trimEnd().length;
  return `${text.slice(0, end)}\n${backendEntry(entry, indent)}${text.slice(end)}`;
}

/** Whether parsing the new text gives the backend as it was added. */
function holds(text: string, entry: BackendEntry): boolean {
  const [whole, alone] = [parseSource('', text), parseSource('', backendEntry(entry))];
  if (whole.issues.length > 0 || alone.issues.length > 0) return false;
  return isDeepStrictEqual(
    ['backends', entry.name].reduce<unknown>(valueAt, whole.value),
    valueAt(alone.value, entry.name),
  );
}
