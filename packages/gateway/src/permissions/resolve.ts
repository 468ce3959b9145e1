import type { FunctionSchema } from '../schema/database-schema.ts';
import { alternativesOf } from '../schema/kinds.ts';
import { type Expression, NotCompilable } from './expression.ts';
import { INFIX } from './operators.ts';
import { parseBody } from './parse.ts';
import type { PermissionContext } from './permission-context.ts';
import { readsOf } from './reads.ts';

/** How deeply function calls are inlined. */
const INLINE_DEPTH = 8;
/** The most nodes of an expression after inlining. */
const SIZE_MAX = 2_000;

/** Names that have a meaning in the engine. A function parameter with such a name might not shadow it. */
const RESERVED = new Set([
  'auth',
  'session',
  'token',
  'access',
  'this',
  'parent',
  'value',
  'before',
  'after',
  'event',
  'input',
  'request',
  'reference',
]);

/**
 * Replaces `$this` by the row, `$auth.id` by `$auth`, and calls of the schema's functions by their bodies. The result
 * reads only fields of the row and `$auth`.
 *
 * @throws NotCompilable
 */
export function resolveExpression(expression: Expression, context: PermissionContext): Expression {
  let size = 0;

  function resolve(inner: Expression, scope: ReadonlyMap<string, Expression> | undefined, depth: number): Expression {
    size += 1;
    if (size > SIZE_MAX) throw new NotCompilable('it is too long with its functions inlined');
    const next = (part: Expression): Expression => resolve(part, scope, depth);
    switch (inner.kind) {
      case 'literal':
        return inner;
      case 'path':
        if (scope !== undefined) throw new NotCompilable('a function reads a field that belongs to no parameter');
        return inner;
      case 'parameter':
        return parameter(inner, scope);
      case 'array':
        return { ...inner, items: inner.items.map(next) };
      case 'object':
        return { ...inner, members: inner.members.map(([name, value]) => [name, next(value)] as const) };
      case 'prefix':
        return { ...inner, operand: next(inner.operand) };
      case 'infix':
        return { ...inner, left: next(inner.left), right: next(inner.right) };
      case 'call': {
        const values = inner.arguments.map(next);
        if (!inner.name.startsWith('fn::')) return { ...inner, arguments: values };
        return inline(inner.name, values, depth);
      }
    }
  }

  function inline(name: string, values: readonly Expression[], depth: number): Expression {
    const called = context.schema.functions.get(name.slice('fn::'.length));
    if (called === undefined) throw new NotCompilable(`${name} does not exist`);
    if (depth >= INLINE_DEPTH) throw new NotCompilable(`${name} is nested in too many function calls`);
    // The engine evaluates an argument even if the body does not use it.
    for (const value of values) if (!isRow(value)) readsOf(value, context);
    if (!called.isOpen) throw new NotCompilable(`${name} has its own permissions`);
    const result = resolve(parseBody(called.body), scopeOf(called, values, context), depth + 1);
    const returned = called.returns === undefined ? ['any'] : alternativesOf(called.returns);
    if (returned.includes('any') || (returned.includes('bool') && isTest(result))) return result;
    throw new NotCompilable(`${name} converts its result to ${called.returns}`);
  }

  return resolve(expression, undefined, 0);
}

function isRow(expression: Expression): boolean {
  return expression.kind === 'path' && expression.segments.length === 0;
}

function parameter(
  { name, segments }: Expression & { readonly kind: 'parameter' },
  scope: ReadonlyMap<string, Expression> | undefined,
): Expression {
  const value = scope?.get(name);
  if (value !== undefined) return extend(value, segments);
  if (name === 'auth')
    return { kind: 'parameter', name, segments: segments[0] === 'id' ? segments.slice(1) : segments };
  if (name === 'this' && scope === undefined) return { kind: 'path', segments };
  throw new NotCompilable(`$${name} has a value that only the engine knows`);
}

function extend(value: Expression, segments: readonly string[]): Expression {
  if (segments.length === 0) return value;
  if (value.kind === 'path') return { ...value, segments: [...value.segments, ...segments] };
  if (value.kind !== 'parameter') throw new NotCompilable('a path on a value is not supported');
  const all = [...value.segments, ...segments];
  return { ...value, segments: all[0] === 'id' ? all.slice(1) : all };
}

/** The engine fails if an argument has another kind than the parameter, so each argument must provably fit. */
function scopeOf(
  { name, parameters }: FunctionSchema,
  values: readonly Expression[],
  context: PermissionContext,
): ReadonlyMap<string, Expression> {
  if (parameters.length !== values.length)
    throw new NotCompilable(`fn::${name} is called with the wrong number of arguments`);
  const scope = new Map<string, Expression>();
  for (const [index, { name: own, kind }] of parameters.entries()) {
    const value = values[index];
    if (value === undefined || RESERVED.has(own) || !fits(value, alternativesOf(kind), context)) {
      throw new NotCompilable(`an argument of fn::${name} might not be of the kind ${kind}`);
    }
    scope.set(own, value);
  }
  return scope;
}

function fits(value: Expression, wanted: readonly string[], { table, readerTable }: PermissionContext): boolean {
  if (wanted.includes('any')) return true;
  if (value.kind === 'path') {
    const [first, ...more] = value.segments;
    if (first === undefined) return wanted.includes('object');
    if (more.length > 0) return false;
    if (first === 'id') return wanted.includes('record') || wanted.includes(`record<${table.name}>`);
    const has = alternativesOf(table.fields.get(first)?.kind);
    return has.every((one) => wanted.includes(one) || (one.startsWith('record<') && wanted.includes('record')));
  }
  if (value.kind !== 'parameter' || value.segments.length > 0) return false;
  return wanted.includes('record') || wanted.includes(`record<${readerTable}>`);
}

/** Whether an expression always returns true or false. */
function isTest(expression: Expression): boolean {
  if (expression.kind === 'prefix') return expression.operator === '!';
  if (expression.kind === 'literal') return /^(?:true|false)$/i.test(expression.text);
  if (expression.kind !== 'infix') return false;
  if (INFIX.get(expression.operator)?.isTest === true) return true;
  return ['AND', 'OR'].includes(expression.operator) && isTest(expression.left) && isTest(expression.right);
}
