import {
  DetailBudget,
  type ErrorDetail,
  type ErrorPlace,
  MAX_PARTS,
  NO_REASON,
  SYSTEM_FIELDS,
  type SystemField,
} from './error-detail.ts';

/** Finds the place of an error. `stack` is its stack, if it has one. */
export type FindPlace = (error: unknown, stack: string, message: string) => ErrorPlace | undefined;

/**
 * Describes whatever was thrown. Never throws: a thrown value may be a proxy, or have getters that throw.
 *
 * Reads only fields with a known meaning. Other fields may contain data that does not belong into a log.
 */
export function describeError(thrown: unknown, findPlace: FindPlace = () => undefined): ErrorDetail {
  const budget = new DetailBudget();
  const seen = new Set<unknown>();

  function describe(value: unknown, depth: number): ErrorDetail {
    if (!isObject(value)) return { message: budget.text(primitiveText(value)) };
    seen.add(value);
    const isError = tried(() => value instanceof Error) === true || typeof read(value, 'stack') === 'string';
    const name = isError ? errorName(value) : undefined;
    const message = budget.text(messageOf(value) || name || objectText(value));
    const stack = read(value, 'stack');
    const place = isError ? tried(() => findPlace(value, typeof stack === 'string' ? stack : '', message)) : undefined;
    // Finding the place may have added it to the stack.
    const last = read(value, 'stack');
    return {
      message,
      ...optional('name', name),
      ...optional('code', codeOf(value, name)),
      ...(typeof last === 'string' ? { stack: budget.text(last) } : {}),
      ...optional('place', place),
      ...optional('system', systemOf(value)),
      ...related(value, depth),
    };
  }

  function related(value: object, depth: number): Pick<ErrorDetail, 'cause' | 'errors' | 'omitted'> {
    let omitted = 0;
    const next = (part: unknown): ErrorDetail[] => {
      if ((!isObject(part) || !seen.has(part)) && budget.takesError(depth)) return [describe(part, depth + 1)];
      omitted += 1;
      return [];
    };
    const cause = read(value, 'cause');
    const [first] = cause === undefined || cause === null ? [] : next(cause);
    const parts = partsOf(value);
    const errors = parts.slice(0, MAX_PARTS).flatMap(next);
    omitted += Math.max(0, parts.length - MAX_PARTS);
    return {
      ...optional('cause', first),
      ...(errors.length === 0 ? {} : { errors }),
      ...(omitted === 0 ? {} : { omitted }),
    };
  }

  const text = (value: string) => budget.text(value);
  function codeOf(value: object, name: string | undefined): string | undefined {
    const code = read(value, 'code');
    if (typeof code === 'string') return text(code);
    // The number of a DOMException says less than its name.
    return typeof code === 'number' && !(isDomException(value) && name !== undefined) ? String(code) : undefined;
  }

  function systemOf(value: object): Record<string, string | number> | undefined {
    const found = SYSTEM_FIELDS.map((field) => {
      const given = read(value, field);
      return [field, typeof given === 'string' ? text(given) : given] as const;
    }).filter((entry): entry is [SystemField, string | number] => ['string', 'number'].includes(typeof entry[1]));
    return typeof read(value, 'syscall') === 'string' ? Object.fromEntries(found) : undefined;
  }

  return describe(thrown, 1);
}

function primitiveText(value: unknown): string {
  return value === undefined || value === null || value === '' ? NO_REASON : String(value);
}

function messageOf(value: object): string {
  const message = read(value, 'message');
  if (typeof message === 'string') return message;
  return isObject(message) || message === undefined || message === null ? '' : String(message);
}

function objectText(value: object): string {
  if (typeof value === 'function') return 'a function was thrown';
  const keys = tried(() => Object.keys(value)) ?? [];
  const names = keys.slice(0, 5).join(', ') + (keys.length > 5 ? ', …' : '');
  return `an object without a message was thrown${names === '' ? '' : ` (its fields: ${names})`}`;
}

function errorName(value: object): string {
  const name = read(value, 'name');
  return typeof name === 'string' && name !== '' ? name.slice(0, 200) : 'Error';
}

function partsOf(value: object): unknown[] {
  const errors = read(value, 'errors');
  return tried(() => (Array.isArray(errors) ? errors.slice() : [])) ?? [];
}

function isDomException(value: object): boolean {
  return tried(() => value instanceof DOMException) === true;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function read(value: object, name: string): unknown {
  return tried(() => (value as Record<string, unknown>)[name]);
}

function tried<T>(take: () => T): T | undefined {
  try {
    return take();
  } catch {
    return undefined;
  }
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}
