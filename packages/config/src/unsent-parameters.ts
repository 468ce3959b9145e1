import { valueAt } from './schema-lookup.ts';
import type { PathSegment } from './source.ts';

interface Placed {
  readonly value: unknown;
  readonly at: readonly PathSegment[];
}

/** The headers of a job's call. OpenAPI ignores the first three in `parameters`. */
const SENT_HEADERS = new Set([
  'accept',
  'authorization',
  'content-type',
  'idempotency-key',
  'traceparent',
  'x-job-assigned-to',
  'x-job-attempt',
  'x-job-created-by',
  'x-job-id',
  'x-job-progress-token',
  'x-job-progress-url',
]);

/**
 * Finds the required parameters of a path or an operation that no job sends: a call has a body and a fixed set of
 * headers, but no query and no cookies.
 *
 * @param follow resolves the references of the spec; what it throws is passed on
 */
export function unsentParameters(
  follow: (at: readonly PathSegment[]) => Placed,
  { value, at }: Placed,
): { readonly at: readonly PathSegment[]; readonly message: string }[] {
  const list = valueAt(value, 'parameters');
  if (!Array.isArray(list)) return [];
  return list.flatMap((_, index) => {
    const place = [...at, 'parameters', index];
    const parameter = follow(place).value;
    const [where, name] = [valueAt(parameter, 'in'), valueAt(parameter, 'name')];
    if (valueAt(parameter, 'required') !== true || where === 'path' || typeof name !== 'string') return [];
    if (where === 'header' && SENT_HEADERS.has(name.toLowerCase())) return [];
    const message = `jobs do not send this required ${String(where)} parameter, so no job can call this route; make it optional, or move it into the body`;
    return [{ at: place, message }];
  });
}
