import { DetailBudget, type ErrorDetail, MAX_PARTS, NO_REASON, SYSTEM_FIELDS } from './error-detail.ts';

/** Reads a detail that a child has sent. A child may send anything, so everything is checked and bounded again. */
export function parseErrorDetail(value: unknown, budget = new DetailBudget(), depth = 1): ErrorDetail {
  const given = record(value);
  const next = (part: unknown) => parseErrorDetail(part, budget, depth + 1);
  const parts = Array.isArray(given.errors) ? given.errors.slice(0, MAX_PARTS) : [];
  const causes = given.cause === undefined ? [] : [given.cause];
  return {
    message: NO_REASON,
    ...texts(given, ['message', 'name', 'code', 'stack'], budget),
    ...filled('place', {
      ...texts(record(given.place), ['file'], budget),
      ...numbers(record(given.place), ['line', 'column']),
    }),
    ...filled('system', {
      ...texts(record(given.system), SYSTEM_FIELDS, budget),
      ...numbers(record(given.system), SYSTEM_FIELDS),
    }),
    ...Object.fromEntries(causes.filter(() => budget.takesError(depth)).map((cause) => ['cause', next(cause)])),
    ...filled('errors', parts.filter(() => budget.takesError(depth)).map(next)),
    ...numbers(given, ['omitted']),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function texts(given: Record<string, unknown>, names: readonly string[], budget: DetailBudget): Record<string, string> {
  const found = names.flatMap((name) => {
    const value = given[name];
    return typeof value === 'string' ? [[name, budget.text(value)]] : [];
  });
  return Object.fromEntries(found);
}

function numbers(given: Record<string, unknown>, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.flatMap((name) => (typeof given[name] === 'number' ? [[name, given[name]]] : [])));
}

function filled(name: string, value: object): object {
  return Object.keys(value).length === 0 ? {} : { [name]: value };
}
