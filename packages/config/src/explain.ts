import type { z } from 'zod';
import { closest } from './did-you-mean.ts';
import type { ConfigIssueCode } from './errors.ts';
import { lookUp, valueAt } from './schema-lookup.ts';
import { formatPath, type PathSegment } from './source.ts';

/** A problem of the content, without its position in the file. */
export interface Fault {
  readonly code: ConfigIssueCode;
  readonly path: readonly PathSegment[];
  readonly message: string;
  /** For an unknown key: the key that was probably meant. */
  readonly meant?: string;
}

/** Explains every issue of the validator. A misspelt key is not also reported as missing. */
export function explainAll(schema: z.core.$ZodType, root: unknown, issues: readonly z.core.$ZodIssue[]): Fault[] {
  const faults = issues.flatMap((issue) => explain(schema, root, issue));
  const misspelt = new Set(
    faults.flatMap(({ path, meant }) => (meant === undefined ? [] : [formatPath([...path.slice(0, -1), meant])])),
  );
  return faults.filter(({ code, path }) => code !== 'SPOOKY_CONFIG_MISSING_KEY' || !misspelt.has(formatPath(path)));
}

/** Translates one issue of the validator into what is wrong and what to write instead. */
function explain(schema: z.core.$ZodType, root: unknown, issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  const value = path.reduce<unknown>(valueAt, root);
  const example = (): string => remedy(path, lookUp(schema, root, path).example);

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(schema, root, path, key));
    case 'invalid_type':
      if (value === undefined) return [missing(path, example())];
      return [
        wrongType(path, `must be ${TYPES[issue.expected] ?? issue.expected}, not ${describe(value)}${example()}`),
      ];
    case 'invalid_value':
      if (value === undefined) return [missing(path, example())];
      return [notOneOf(path, value, issue.values.map(String))];
    case 'invalid_key':
      return [
        { code: 'SPOOKY_CONFIG_WRONG_VALUE', path, message: issue.issues.map((inner) => inner.message).join('; ') },
      ];
    case 'invalid_union':
      return unionFaults(schema, root, issue, path, value, example());
    default:
      return [{ code: 'SPOOKY_CONFIG_WRONG_VALUE', path, message: `${issue.message}${example()}` }];
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  object: 'keys with values',
  record: 'keys with values',
  array: 'a list',
};

function unionFaults(
  schema: z.core.$ZodType,
  root: unknown,
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly PathSegment[],
  value: unknown,
  example: string,
): Fault[] {
  if (issue.inclusive !== false && issue.discriminator !== undefined) {
    const options = (issue.options ?? []).filter((option) => option !== undefined).map(String);
    if (value === undefined) {
      return [missing(path, `; write ${String(path.at(-1))}: ${options.join(' or ')}`)];
    }
    return [notOneOf(path, value, options)];
  }
  if (value === undefined) return [missing(path, example)];
  // The intended variant is the one whose type matches the value.
  const meant = issue.errors.find((errors) => !errors.some((e) => e.path.length === 0 && e.code === 'invalid_type'));
  if (meant) {
    return meant.flatMap((inner) =>
      explain(schema, root, { ...inner, path: [...path, ...inner.path] } as z.core.$ZodIssue),
    );
  }
  const accepted = issue.errors.flatMap((errors) => errors.map((e) => (e.code === 'invalid_type' ? e.expected : '')));
  const types = [...new Set(accepted.map((type) => (type === 'number' ? 'a number' : (TYPES[type] ?? type))))];
  const known = types.filter((type) => type !== '' && type !== 'boolean');
  return [wrongType(path, `must be ${known.join(' or ')}, not ${describe(value)}${example}`)];
}

function unknownKey(schema: z.core.$ZodType, root: unknown, path: readonly PathSegment[], key: string): Fault {
  const { keys, elsewhere } = lookUp(schema, root, path);
  const selector = elsewhere.get(key);
  const guess = closest(key, keys);
  const hint =
    selector !== undefined
      ? `it belongs to ${selector}; remove it, or write ${selector}`
      : guess !== undefined
        ? `did you mean ${guess}?`
        : `known here: ${keys.join(', ')}`;
  const fault: Fault = { code: 'SPOOKY_CONFIG_UNKNOWN_KEY', path: [...path, key], message: `unknown key; ${hint}` };
  return guess === undefined ? fault : { ...fault, meant: guess };
}

/** Never shows the value. A guess comes only from the short list of options. */
function notOneOf(path: readonly PathSegment[], value: unknown, options: readonly string[]): Fault {
  const guess = typeof value === 'string' ? closest(value, options) : undefined;
  const hint = guess !== undefined && options.length > 1 ? `; did you mean ${guess}?` : '';
  return { code: 'SPOOKY_CONFIG_WRONG_VALUE', path, message: `must be ${options.join(' or ')}${hint}` };
}

function missing(path: readonly PathSegment[], hint: string): Fault {
  return { code: 'SPOOKY_CONFIG_MISSING_KEY', path, message: `is missing${hint}` };
}

function wrongType(path: readonly PathSegment[], message: string): Fault {
  return { code: 'SPOOKY_CONFIG_WRONG_TYPE', path, message };
}

function remedy(path: readonly PathSegment[], example: unknown): string {
  if (example === undefined) return '';
  const key = path.at(-1);
  const value = inlineYaml(example);
  return `; write for example ${typeof key === 'string' ? `${key}: ` : ''}${value}`;
}

/** Formats a value as one line of YAML. */
function inlineYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${inlineYaml(item)}`);
  return `{ ${entries.join(', ')} }`;
}

/** Names the type of a value, never the value itself. */
function describe(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return Number.isInteger(value) ? 'a number' : 'a fraction';
    case 'boolean':
      return 'true or false';
    default:
      return 'keys with values';
  }
}
