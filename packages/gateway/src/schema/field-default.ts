import { type Expression, NotCompilable } from '../permissions/expression.ts';
import { readLiteral } from '../permissions/literal.ts';
import { parseExpression } from '../permissions/parse.ts';
import { issueOf } from '../values/check-value.ts';
import { UNKNOWN } from '../values/unknown.ts';
import { encodeValue, type WireValue } from '../wire/value.ts';

/** What a new record gets for a field that is left out: a value, the time of the write, or the id of the user. */
export type FieldDefault = { readonly value: WireValue } | { readonly is: 'now' | 'user' };

/** The clauses of a field as INFO prints them. */
export interface FieldClauses {
  readonly kind?: string | undefined;
  readonly default?: string | undefined;
  /** The VALUE clause. */
  readonly value?: string | undefined;
}

/**
 * What a new record gets for a field that is left out, as far as it is certain without the database: a literal,
 * `time::now()` or `$auth.id`, in DEFAULT or, with or without `$before ??`, in VALUE.
 *
 * @returns undefined for every other expression, and for literals that the database converts: an integer in a decimal
 *   field is stored as a decimal
 */
export function fieldDefault({ kind, default: given, value }: FieldClauses): FieldDefault | undefined {
  // VALUE replaces what DEFAULT gives.
  const text = value ?? given;
  if (text === undefined || /\b(?:decimal|set)\b/.test(kind ?? '')) return undefined;
  try {
    const expression = parseExpression(text);
    return defaultOf(value === undefined ? expression : atCreation(expression));
  } catch (error) {
    if (error instanceof NotCompilable) return undefined;
    throw error;
  }
}

/** A new record has no value before: `$before ?? x` is `x`. */
function atCreation(expression: Expression): Expression {
  if (expression.kind !== 'infix' || expression.operator !== '??') return expression;
  const { left, right } = expression;
  return left.kind === 'parameter' && left.name === 'before' && left.segments.length === 0 ? right : expression;
}

function defaultOf(expression: Expression): FieldDefault | undefined {
  if (expression.kind === 'call') {
    return expression.name === 'time::now' && expression.arguments.length === 0 ? { is: 'now' } : undefined;
  }
  if (expression.kind === 'parameter') {
    return expression.name === 'auth' && expression.segments.join() === 'id' ? { is: 'user' } : undefined;
  }
  const value = literalOf(expression);
  // A record has no field that is NONE.
  if (value === undefined || value === UNKNOWN || issueOf(value) !== undefined) return undefined;
  return { value: encodeValue(value) };
}

/** The value of a literal, or of a list or an object of literals. UNKNOWN for everything else. */
function literalOf(expression: Expression): unknown {
  switch (expression.kind) {
    case 'literal': {
      const value = readLiteral(expression.text);
      return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case 'array': {
      const items = expression.items.map(literalOf);
      return items.includes(UNKNOWN) ? UNKNOWN : items;
    }
    case 'object': {
      const members = expression.members.map(([name, value]) => [name, literalOf(value)] as const);
      return members.some(([, value]) => value === UNKNOWN) ? UNKNOWN : Object.fromEntries(members);
    }
    default:
      return UNKNOWN;
  }
}
