import { z } from 'zod';
import type { PathSegment } from './source.ts';

/** What the definition allows at one place of a file, given the value there. */
export interface Lookup {
  /** The allowed keys. */
  readonly keys: readonly string[];
  /**
   * Keys of the other variants of a union, with the key and value that select them: `endpoint` → `hosting: external`.
   */
  readonly elsewhere: ReadonlyMap<string, string>;
  /** An example of a valid value. */
  readonly example?: unknown;
}

/** Walks from `schema` along `path`. The existing value selects the variant of each union. */
export function lookUp(schema: z.core.$ZodType, value: unknown, path: readonly PathSegment[]): Lookup {
  const { schema: here, elsewhere, example } = unwrap(schema, value);
  const [head, ...rest] = path;
  if (head !== undefined) {
    const child = here && childOf(here, head);
    return child ? lookUp(child, valueAt(value, head), rest) : { keys: [], elsewhere: new Map() };
  }
  const keys = here instanceof z.core.$ZodObject ? Object.keys(here._zod.def.shape) : [];
  return { keys, elsewhere, ...(example === undefined ? {} : { example }) };
}

interface Unwrapped {
  readonly schema: z.core.$ZodType | undefined;
  readonly elsewhere: ReadonlyMap<string, string>;
  readonly example: unknown;
}

/** Removes defaults, optionals and transforms, and selects the variant of a union by `value`. */
function unwrap(schema: z.core.$ZodType, value: unknown): Unwrapped {
  let current = schema;
  let example: unknown;
  for (;;) {
    const examples: unknown = z.globalRegistry.get(current)?.examples;
    if (Array.isArray(examples)) example ??= examples[0];
    if (
      current instanceof z.core.$ZodDefault ||
      current instanceof z.core.$ZodPrefault ||
      current instanceof z.core.$ZodOptional
    ) {
      current = current._zod.def.innerType;
    } else if (current instanceof z.core.$ZodPipe) {
      current = current._zod.def.in;
    } else if (current instanceof z.core.$ZodDiscriminatedUnion) {
      return { ...pickVariant(current, value), example };
    } else if (current instanceof z.core.$ZodUnion) {
      const wanted = typeof value === 'object' && value !== null;
      const next = current._zod.def.options.find((option) => isObjectLike(option) === wanted);
      if (next === undefined) return { schema: undefined, elsewhere: new Map(), example };
      current = next;
    } else {
      return { schema: current, elsewhere: new Map(), example };
    }
  }
}

function pickVariant(union: z.core.$ZodDiscriminatedUnion, value: unknown): Omit<Unwrapped, 'example'> {
  const key = union._zod.def.discriminator;
  const wanted = valueAt(value, key);
  let chosen: z.core.$ZodObject | undefined;
  const elsewhere = new Map<string, string>();
  for (const option of union._zod.def.options) {
    if (!(option instanceof z.core.$ZodObject)) continue;
    const literals = option._zod.propValues?.[key];
    if (literals?.has(wanted as z.core.util.Primitive)) {
      chosen = option;
      continue;
    }
    const selector = [...(literals ?? [])].find((literal) => literal !== undefined);
    for (const name of Object.keys(option._zod.def.shape)) elsewhere.set(name, `${key}: ${String(selector)}`);
  }
  return { schema: chosen, elsewhere };
}

function isObjectLike(schema: z.core.$ZodType): boolean {
  return schema instanceof z.core.$ZodObject || schema instanceof z.core.$ZodDiscriminatedUnion;
}

function childOf(schema: z.core.$ZodType, segment: PathSegment): z.core.$ZodType | undefined {
  if (schema instanceof z.core.$ZodObject) {
    return Object.hasOwn(schema._zod.def.shape, segment) ? schema._zod.def.shape[segment] : undefined;
  }
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  return undefined;
}

/** Returns the own property or item `segment` of `value`, if there is one. */
export function valueAt(value: unknown, segment: PathSegment): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
  return (value as Record<PathSegment, unknown>)[segment];
}
