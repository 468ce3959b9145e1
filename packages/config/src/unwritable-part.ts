import type { PathSegment } from './source.ts';

/** A problem of a spec at a path. */
export interface SpecFaultAt {
  readonly at: readonly PathSegment[];
  readonly fault: string;
}

/**
 * Finds what a schema in YAML can have, but its copy in the code of a browser cannot: a member `__proto__`, which an
 * object literal takes for the prototype, and numbers such as `.inf`.
 */
export function unwritablePart(value: unknown, at: readonly PathSegment[]): SpecFaultAt | undefined {
  if (at.at(-1) === '__proto__') return { at, fault: 'cannot be a name, because no payload may have it; rename it' };
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { at, fault: 'must be a finite number, because JSON has no other; correct it' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const entries: Iterable<readonly [PathSegment, unknown]> = Array.isArray(value)
    ? value.entries()
    : Object.entries(value);
  for (const [name, item] of entries) {
    const found = unwritablePart(item, [...at, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
