import type { FieldStructure } from './structure.ts';

/** The fields of a table as they nest: `errors.*.code` under `errors.*` under `errors`. */
export interface FieldNode {
  /** Absent where only deeper fields are defined. */
  readonly field?: FieldStructure;
  readonly children: ReadonlyMap<string, FieldNode>;
}

interface Building {
  field?: FieldStructure;
  children: Map<string, Building>;
}

/** Arranges flat field names into their tree; `*` is every item of an array (or value of an object). */
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

/** `errors[*].code` → errors, *, code. Names in backticks may hold anything. */
export function splitName(name: string): string[] {
  const parts = name.matchAll(/`((?:[^`\\]|\\.)*)`|⟨((?:[^⟩\\]|\\.)*)⟩|\[([^\]]*)\]|([^.[`⟨]+)/g);
  return [...parts].map(([, ticked, angled, index, plain]) => {
    const escaped = ticked ?? angled;
    return escaped === undefined ? (index ?? plain ?? '').trim() : escaped.replace(/\\(.)/g, '$1');
  });
}
