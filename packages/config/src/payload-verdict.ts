/*
 * The verdict about a payload. Gateway, runner, API and browser call this file with a compiled schema, so it has no
 * dependencies.
 */

/** An error of a compiled schema, as Ajv reports it. */
export interface SchemaError {
  readonly keyword: string;
  /** JSON Pointer. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Set if the error is about the name of a property instead of its value. */
  readonly propertyName?: string | undefined;
  readonly message?: string | undefined;
}

/** What is left of the work that a check may do. */
export interface Work {
  /** How many more times a definition may be checked. Below 0, the check has thrown. */
  left: number;
}

/** A check that Ajv has compiled. Its `this` is a `Work`. */
export interface CompiledSchema {
  (payload: unknown): unknown;
  errors?: readonly SchemaError[] | null | undefined;
}

/** A request schema as a browser has it. */
export interface CompiledRequest {
  /** Ends with the first error. It decides, in a browser as on a server. */
  readonly first: CompiledSchema;
  /** Lists all errors. Its order is another one. */
  readonly all: CompiledSchema;
}

/** One thing that is wrong with a payload. */
export interface PayloadIssue {
  /** JSON Pointer to the value, such as `/tags/0`. Empty for the payload itself. */
  readonly path: string;
  /**
   * Names the property and says what it must be: `tags.0 must be string`. Never contains values of the payload. At most
   * 200 characters.
   */
  readonly message: string;
}

/** The deepest nesting of lists and objects in a payload. A job's row is one more level, and 32 levels are stored. */
const MAX_DEPTH = 31;
/** How often the check of one payload may check a definition. Takes less than 100 ms; usual payloads need less than 100. */
const MAX_WORK = 30_000;
const MAX_MESSAGE = 200;

/**
 * Checks a payload.
 *
 * @param payload as parsed from JSON. It is not changed.
 * @returns what is wrong with it, or undefined if it is valid
 */
export function payloadIssue(check: CompiledSchema, payload: unknown): PayloadIssue | undefined {
  const unsafe = unsafePart(payload, 0);
  return unsafe === undefined ? issuesOf(check, payload)[0] : unsafeIssue(unsafe);
}

/**
 * Checks a payload, and lists everything that is wrong with it. The verdict is that of `payloadIssue`, and so is the
 * first issue.
 */
export function payloadIssues({ first, all }: CompiledRequest, payload: unknown): readonly PayloadIssue[] {
  const reason = payloadIssue(first, payload);
  if (reason === undefined) return [];
  // The list of all errors has the first one again. Each branch of an `anyOf` may report the same.
  const issues = [reason, ...(unsafePart(payload, 0) === undefined ? issuesOf(all, payload) : [])];
  return [...new Map(issues.map((issue) => [`${issue.path} ${issue.message}`, issue])).values()];
}

function issuesOf(check: CompiledSchema, payload: unknown): PayloadIssue[] {
  const work: Work = { left: MAX_WORK };
  try {
    if (check.call(work, payload) === true) return [];
  } catch {
    if (work.left < 0) return [{ path: '', message: 'the payload takes too long to check; nest it less deeply' }];
    // To compare two objects, Ajv calls their `toString` and `valueOf`, which a payload can replace.
    return [{ path: '', message: 'the payload has a property such as toString, which prevents its comparison' }];
  }
  return (check.errors ?? []).map((error) => ({ path: pathOf(error), message: shortened(explain(error)) }));
}

/** A part that is refused whatever the schema says. */
interface UnsafePart {
  readonly keys: readonly string[];
  readonly problem: string;
}

/**
 * Finds what parsers, drivers and databases change or refuse: a property `__proto__`, half of a surrogate pair, and deep
 * nesting, which also overflows the stack of a recursive schema.
 */
function unsafePart(value: unknown, depth: number): UnsafePart | undefined {
  if (typeof value === 'string')
    return value.isWellFormed() ? undefined : { keys: [], problem: 'has half a character' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === MAX_DEPTH) return { keys: [], problem: `is nested deeper than ${MAX_DEPTH} levels` };
  for (const [key, item] of Object.entries(value)) {
    const unsafe =
      key === '__proto__' || !key.isWellFormed()
        ? { keys: [], problem: 'cannot be the name of a property' }
        : unsafePart(item, depth + 1);
    if (unsafe !== undefined) return { ...unsafe, keys: [key.toWellFormed(), ...unsafe.keys] };
  }
  return undefined;
}

function unsafeIssue({ keys, problem }: UnsafePart): PayloadIssue {
  const path = keys.map((key) => `/${escaped(key)}`).join('');
  return { path, message: shortened(`${path === '' ? 'the payload' : nameOf(path)} ${problem}`) };
}

function pathOf({ keyword, instancePath, params }: SchemaError): string {
  const extra =
    keyword === 'additionalProperties'
      ? params.additionalProperty
      : keyword === 'unevaluatedProperties' && params.unevaluatedProperty;
  return typeof extra === 'string' ? `${instancePath}/${escaped(extra)}` : instancePath;
}

function explain(error: SchemaError): string {
  const where = nameOf(error.instancePath);
  const property = (name: unknown): string => (where === '' ? String(name) : `${where}.${String(name)}`);
  const subject = where === '' ? 'the payload' : where;
  if (error.propertyName !== undefined) {
    return `the property name ${property(error.propertyName)} ${error.message ?? 'is not valid'}`;
  }
  switch (error.keyword) {
    case 'required':
      return `${property(error.params.missingProperty)} is missing`;
    case 'additionalProperties':
      return `${property(error.params.additionalProperty)} is not a property of this route`;
    case 'unevaluatedProperties':
      return `${property(error.params.unevaluatedProperty)} is not a property of this route`;
    case 'enum':
      return `${subject} must be one of ${JSON.stringify(error.params.allowedValues)}`;
    case 'const':
      return `${subject} must be ${JSON.stringify(error.params.allowedValue)}`;
    case 'type':
      return `${subject} must be ${[error.params.type].flat().join(' or ')}`;
    default:
      return `${subject} ${error.message ?? 'is not valid'}`;
  }
}

/** `/a/0/b` as people write it: `a.0.b`. */
function nameOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message;
}
