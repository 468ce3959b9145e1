/** A condition of a plan, with decoded values. */
export type Condition =
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Operator; readonly value: unknown }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition };

export type Operator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'contains';
