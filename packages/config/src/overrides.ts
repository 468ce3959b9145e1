/** Overrides by environment variables: addresses and names of databases, which differ from machine to machine. */
import { backendUrlVariable } from './environment.ts';
import type { Fault } from './explain.ts';
import { isName, NOT_A_NAME, urlFault } from './fields.ts';
import type { Environment } from './interpolate.ts';
import { valueAt } from './schema-lookup.ts';
import type { PathSegment } from './source.ts';

/** A value of the file that a variable overrides. */
interface Override {
  readonly path: readonly PathSegment[];
  readonly value: string | number;
}

interface Overridable {
  readonly variable: string;
  readonly path: readonly PathSegment[];
  readonly example: string;
  /** Returns the value of the text, or what is wrong with it. */
  read(text: string): { readonly value: string | number } | { readonly fault: string };
}

const asUrl: Overridable['read'] = (text) => {
  const fault = urlFault(text, ['http:', 'https:']);
  return fault === undefined ? { value: text } : { fault };
};

const asName: Overridable['read'] = (text) => (isName(text) ? { value: text } : { fault: NOT_A_NAME });

const FIXED: readonly Overridable[] = [
  { variable: 'SPOOKY_NAMESPACE', path: ['surrealdb', 'namespace'], example: 'main', read: asName },
  { variable: 'SPOOKY_DATABASE', path: ['surrealdb', 'database'], example: 'main', read: asName },
  {
    variable: 'SPOOKY_RUNNER_HOST',
    path: ['runner', 'host'],
    example: '127.0.0.1',
    read: (text) => ({ value: text }),
  },
  {
    variable: 'SPOOKY_RUNNER_PORT',
    path: ['runner', 'port'],
    example: '3667',
    read(text) {
      if (text === 'off') return { value: 0 };
      if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return { value: Number(text) };
      return { fault: 'must be a whole number from 0 to 65535, or off' };
    },
  },
  {
    variable: 'SPOOKY_RUNNER_PUBLIC_URL',
    path: ['runner', 'publicUrl'],
    example: 'http://runner.internal:3667',
    read: asUrl,
  },
];

/** Reads the overrides in `env` for this file. An empty variable overrides nothing. */
export function readOverrides(
  tree: unknown,
  env: Environment,
): { readonly overrides: readonly Override[]; readonly faults: readonly Fault[] } {
  const backends = Object.keys(Object(valueAt(tree, 'backends'))).map(
    (name): Overridable => ({
      variable: backendUrlVariable(name),
      path: ['backends', name, 'baseUrl'],
      example: 'http://127.0.0.1:3660',
      read: asUrl,
    }),
  );
  const overrides: Override[] = [];
  const faults: Fault[] = [];
  for (const { variable, path, example, read } of [...FIXED, ...backends]) {
    const text = env[variable];
    if (text === undefined || text === '') continue;
    const result = read(text);
    if ('value' in result) overrides.push({ path, value: result.value });
    else {
      const message = `${variable} in the environment ${result.fault}; write for example ${variable}=${example}`;
      faults.push({ code: 'SPOOKY_CONFIG_WRONG_VALUE', path, message });
    }
  }
  return { overrides, faults };
}
