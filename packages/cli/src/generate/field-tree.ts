import type { FieldStructure } from './structure.ts';

/** A node of the tree of a table's fields: `errors.*.code` is a child of `errors.*`, which is a child of `errors`. */
export interface FieldNode {
  /** Absent if only nested fields are defined. */
  readonly field?: FieldStructure;
  readonly children: ReadonlyMap<string, FieldNode>;
}

interface Building {
  field?: FieldStructure;
  children: Map<string, Building>;
}

/** Arranges fields in a tree, by their names. `*` stands for every item of an array or value of an object. */
export function fieldTree(fields: readonly FieldStructure[]): ReadonlyMap<string, FieldNode> {
  const root: Building = { children: new Map() };
  for (const field of fields) {
    let node = root;
    for (const part of splitName(field.name)) {
      const next: Building = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, next);
      node = next;
    }
    node.field = field;
  }
  return root.children;
}

/** Splits `errors[*].code` into errors, *, code. Names in backticks may contain any character. */
export function splitName(name: string): string[] {
  const parts = name.matchAll(/`((?:[^`\\]|\\.)*)`|⟨((?:[^⟩\\]|\\.)*)⟩|\[([^\]]*)\]|([^.[`⟨]+)/g);
  return [...parts].map(([, ticked, angled, index, plain]) => {
    const escaped = ticked ?? angled;
    return escaped === undefined ? (index ?? plain ?? '').trim() : escaped.replace(/\\(.)/g, '$1');
  });
}
