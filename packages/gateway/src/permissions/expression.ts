/** The part of SurrealQL's expressions that permissions are compiled from. The engine evaluates everything else. */
export type Expression =
  /** Text of the schema, copied without changes. */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: Expression])[] }
  /** A field of the row, or a member of it. Without segments: the row itself. */
  | { readonly kind: 'path'; readonly segments: readonly string[] }
  | { readonly kind: 'parameter'; readonly name: string; readonly segments: readonly string[] }
  | { readonly kind: 'prefix'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'infix'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] };

/** The direct subexpressions of an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'array':
      return expression.items;
    case 'object':
      return expression.members.map(([, value]) => value);
    case 'prefix':
      return [expression.operand];
    case 'infix':
      return [expression.left, expression.right];
    case 'call':
      return expression.arguments;
    default:
      return [];
  }
}

/** Why an expression cannot be compiled. compilePermission catches it and falls back to the engine. */
export class NotCompilable extends Error {
  override readonly name = 'NotCompilable';
}
