import { quoteName, quotePath } from '../plans/compile/quote-name.ts';
import type { Expression } from './expression.ts';

/**
 * Prints an expression with parentheses around every compound part, so that the result does not depend on operator
 * precedence.
 *
 * @param parameterOf returns the text for a parameter's name
 */
export function printExpression(expression: Expression, parameterOf: (name: string) => string): string {
  const print = (inner: Expression): string => printExpression(inner, parameterOf);
  switch (expression.kind) {
    case 'literal':
      return expression.text;
    case 'array':
      return `[${expression.items.map(print).join(', ')}]`;
    case 'object':
      return `{ ${expression.members.map(([name, value]) => `${quoteName(name)}: ${print(value)}`).join(', ')} }`;
    case 'path':
      return expression.segments.length === 0 ? '$this' : quotePath(expression.segments);
    case 'parameter':
      return [parameterOf(expression.name), ...expression.segments.map(quoteName)].join('.');
    case 'prefix':
      return `(${expression.operator}${print(expression.operand)})`;
    case 'infix':
      return `(${print(expression.left)} ${expression.operator} ${print(expression.right)})`;
    case 'call':
      return `${expression.name}(${expression.arguments.map(print).join(', ')})`;
  }
}
