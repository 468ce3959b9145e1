import type { Expression } from './expression.ts';

/**
 * Simplifies a condition: removes what is the same for every row and reader. `$auth` is always a record, so
 * `$auth.id != NONE` is true. Keeps only the truth of the condition, not its value.
 */
export function foldCondition(condition: Expression): Expression {
  const truth = truthOf(condition);
  if (truth !== undefined) return constant(truth);
  if (condition.kind === 'prefix' && condition.operator === '!') {
    const operand = foldCondition(condition.operand);
    const known = truthOf(operand);
    return known === undefined ? { ...condition, operand } : constant(!known);
  }
  if (condition.kind !== 'infix' || (condition.operator !== 'AND' && condition.operator !== 'OR')) return condition;
  const left = foldCondition(condition.left);
  const right = foldCondition(condition.right);
  const decides = condition.operator === 'OR';
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const known = truthOf(one);
    if (known !== undefined) return known === decides ? constant(decides) : other;
  }
  return { ...condition, left, right };
}

/** true if a condition holds for every row and reader, false if for none, undefined if it depends on them. */
export function truthOf(condition: Expression): boolean | undefined {
  if (condition.kind === 'literal') return literalTruth(condition.text);
  if (isReader(condition)) return true;
  if (condition.kind !== 'infix') return undefined;
  const { operator, left, right } = condition;
  const comparesWithNothing = (isReader(left) && isNothing(right)) || (isReader(right) && isNothing(left));
  if (!comparesWithNothing) return undefined;
  if (operator === '!=') return true;
  return operator === '=' || operator === '==' ? false : undefined;
}

export function isReader(expression: Expression): boolean {
  return expression.kind === 'parameter' && expression.segments.length === 0;
}

function isNothing(expression: Expression): boolean {
  return expression.kind === 'literal' && /^(?:none|null)$/i.test(expression.text);
}

function literalTruth(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true;
  return /^(?:false|none|null)$/i.test(text) ? false : undefined;
}

function constant(truth: boolean): Expression {
  return { kind: 'literal', text: truth ? 'true' : 'false' };
}
