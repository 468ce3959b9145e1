import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';

/** A key of a mapping with its value, written in the mapping or merged into it. */
export interface MappingEntry {
  /** The offset of the key. */
  readonly at: number;
  readonly value: Node | null;
  /** The anchored values that contain this one. An alias of one of them would repeat without end. */
  readonly within: readonly Node[];
}

export interface EntriesContext {
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Counts a node. False if the document has too many. */
  readonly count: () => boolean;
  readonly report: (at: number, message: string) => void;
}

/**
 * Returns the entries of a mapping by key. A merge key (`<<: *base`, or a list of aliases) adds the entries of other
 * mappings. As in YAML 1.1, keys of the mapping itself have priority, then those of earlier mappings in the list. A
 * quoted "<<" is an ordinary key.
 */
export function mappingEntries(
  map: YAMLMap,
  at: number,
  within: readonly Node[],
  context: EntriesContext,
): Map<string, MappingEntry> {
  const inside = map.anchor === undefined ? within : [...within, map];
  const entries = new Map<string, MappingEntry>();
  const merges: { at: number; value: Node | null }[] = [];
  for (const pair of map.items) {
    if (!context.count()) return entries;
    const key = pair.key as Node | null;
    const value = pair.value as Node | null;
    const keyAt = key?.range?.[0] ?? at;
    const name = keyName(key);
    if (name.kind === 'merge') merges.push({ at: keyAt, value });
    else if (name.kind === 'fault') context.report(keyAt, name.message);
    else entries.set(name.text, { at: keyAt, value, within: inside });
  }
  for (const merge of merges) {
    for (const [name, entry] of mergedEntries(merge.value, merge.at, inside, context)) {
      if (!entries.has(name)) entries.set(name, entry);
    }
  }
  return entries;
}

function mergedEntries(
  node: Node | null,
  at: number,
  within: readonly Node[],
  context: EntriesContext,
  isListed = false,
): Map<string, MappingEntry> {
  if (!context.count()) return new Map();
  if (isAlias(node)) {
    const target = context.targets.get(node);
    if (target === undefined || within.includes(target)) {
      context.report(node.range?.[0] ?? at, 'this alias (*name) refers to nothing, or to itself; remove it');
      return new Map();
    }
    return mergedEntries(target, at, [...within, target], context, isListed);
  }
  if (isMap(node)) return mappingEntries(node, at, within, context);
  if (isSeq(node) && !isListed) {
    const all = new Map<string, MappingEntry>();
    for (const item of node.items) {
      const merged = mergedEntries(item as Node | null, at, within, context, true);
      for (const [name, entry] of merged) if (!all.has(name)) all.set(name, entry);
    }
    return all;
  }
  context.report(at, '<< merges mappings only; write <<: *name, where &name is before a mapping, or <<: [*one, *two]');
  return new Map();
}

type KeyName =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'merge' }
  | { readonly kind: 'fault'; readonly message: string };

function keyName(key: Node | null): KeyName {
  if (!isScalar(key)) {
    return { kind: 'fault', message: 'a key must be plain text; put values with { } or [ ] in quotes' };
  }
  if (typeof key.value === 'string') {
    return key.value === '<<' && key.type === 'PLAIN' ? { kind: 'merge' } : { kind: 'text', text: key.value };
  }
  // A key such as 1.0 or 0x1F is the text that is written, not the number.
  const text = key.source ?? '';
  if (text === '') return { kind: 'fault', message: 'there is no key before the colon; write one' };
  return { kind: 'text', text };
}
