import path from 'node:path';
import type { SpookyConfig } from './config.ts';
import { ConfigError, type ConfigIssue, inReadingOrder } from './errors.ts';
import { explainAll, type Fault } from './explain.ts';
import type { Environment, Interpolation, VariableFault } from './interpolate.ts';
import { type LoadOptions, openConfig } from './open.ts';
import { readOverrides } from './overrides.ts';
import { checkReferences } from './references.ts';
import { resolveConfig } from './resolve.ts';
import { scheduleFaults } from './schedule-faults.ts';
import { fileSchema } from './schema.ts';
import { valueAt } from './schema-lookup.ts';
import { sharedPortFaults } from './shared-ports.ts';
import { formatPath, type PathSegment, type Source } from './source.ts';

/** The credentials of the database owner. Only migrations need them, so their variables may be unset. */
const OWNER_CREDENTIALS = ['surrealdb.username', 'surrealdb.password'];

/**
 * Reads sp00ky.yml, the specs that it names and `.env` into one checked object. Some environment variables override
 * values of the file: `SPOOKY_BACKEND_<NAME>_URL` a backend's `baseUrl`, `SPOOKY_NAMESPACE` and
 * `SPOOKY_DATABASE` the keys of `surrealdb`, and `SPOOKY_RUNNER_HOST`, `_PORT` and `_PUBLIC_URL` those of `runner`.
 *
 * @throws ConfigError with all problems, each with file, line, column and remedy
 */
export async function loadConfig(options: LoadOptions = {}): Promise<SpookyConfig> {
  const { cwd, source, env, interpolation, issues } = await openConfig(options);
  if (source.issues.length > 0) throw new ConfigError(inReadingOrder(issues), cwd);

  const tree = interpolation.value;
  const overrides = applyOverrides(tree, env);
  const variableFaults = interpolation.faults.filter((fault) => !overrides.decided.has(formatPath(fault.path)));
  const unset = variableFaults.filter((fault) => !dropUnsetOwner(tree, fault));

  const written = parseFile(tree, interpolation);
  // A variable that could not be replaced has its own fault. Errors about its literal text would only repeat it.
  const unresolved = new Set(unset.map((fault) => formatPath(fault.path)));
  const faults = written.faults.filter((fault) => !unresolved.has(formatPath(fault.path)));
  for (const fault of unset) setAt(tree, fault.path, undefined);
  const references = await checkReferences(path.dirname(source.file), tree);
  const more = [...sharedPortFaults(tree, overrides.decided), ...scheduleFaults(tree, references.routes)];

  const all = inReadingOrder([
    ...[...overrides.faults, ...faults, ...references.faults, ...more].map((fault) => placeFault(source, fault)),
    ...unset.map((fault) => placeVariableFault(source, fault)),
    ...issues,
    ...references.issues,
  ]);
  if (all.length > 0 || written.data === undefined) throw new ConfigError(all, cwd);
  return resolveConfig(source.file, written.data, references);
}

function parseFile(tree: unknown, { replaced }: Interpolation) {
  let parsed = fileSchema.safeParse(tree);
  // Variables are text. In the place of a number, a numeric text from a variable is converted.
  const fromVariables = new Set(replaced.map(formatPath));
  let converted = false;
  for (const issue of parsed.error?.issues ?? []) {
    const at = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
    const value = at.reduce<unknown>(valueAt, tree);
    const wantsNumber = issue.code === 'invalid_type' && (issue.expected === 'number' || issue.expected === 'int');
    if (!wantsNumber || !fromVariables.has(formatPath(at)) || !/^-?\d+(\.\d+)?$/.test(String(value))) continue;
    setAt(tree, at, Number(value));
    converted = true;
  }
  if (converted) parsed = fileSchema.safeParse(tree);
  if (parsed.success) return { data: parsed.data, faults: [] };
  return { data: undefined, faults: explainAll(fileSchema, tree, parsed.error.issues) };
}

/** Writes the overrides of the environment into the tree. */
function applyOverrides(tree: unknown, env: Environment): { decided: ReadonlySet<string>; faults: readonly Fault[] } {
  const { overrides, faults } = readOverrides(tree, env);
  for (const { path: at, value } of overrides) {
    const section = at[0];
    if (section !== undefined && valueAt(tree, section) === undefined) setAt(tree, [section], {});
    setAt(tree, at, value);
  }
  return { decided: new Set(overrides.map(({ path: at }) => formatPath(at))), faults };
}

/** Removes a credential of the owner whose variable is unset. Returns false for any other fault. */
function dropUnsetOwner(tree: unknown, fault: VariableFault): boolean {
  if (fault.code !== 'SPOOKY_CONFIG_UNSET_VARIABLE' || !OWNER_CREDENTIALS.includes(formatPath(fault.path)))
    return false;
  setAt(tree, fault.path, undefined);
  return true;
}

/** Changes the tree, which belongs to this load. */
function setAt(tree: unknown, at: readonly PathSegment[], value: unknown): void {
  const parent = at.slice(0, -1).reduce<unknown>(valueAt, tree);
  const key = at.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  if (value === undefined && !Array.isArray(parent)) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
}

function placeFault(source: Source, fault: Fault): ConfigIssue {
  const { code, path: at, message } = fault;
  return { code, file: source.file, ...source.positionOf(at), path: formatPath(at), message };
}

function placeVariableFault(source: Source, fault: VariableFault): ConfigIssue {
  const { code, path: at, offset, message } = fault;
  return { code, file: source.file, ...source.positionIn(at, offset), path: formatPath(at), message };
}
