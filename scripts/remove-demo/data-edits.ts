/** Edits of JSON and YAML files that use parsers. */
import { isMap, isNode, isScalar, parseDocument } from 'yaml';
import type { TextEdit } from './text-edits.ts';

type Json = Record<string, unknown>;

/** Deletes members of a JSON file, each given by the path to it. */
export function withoutMembers(...paths: readonly (readonly string[])[]): TextEdit {
  return (text) => {
    const root = JSON.parse(text) as Json;
    for (const path of paths) {
      const parent = path.slice(0, -1).reduce<unknown>((value, key) => (value as Json | undefined)?.[key], root);
      const key = path.at(-1) ?? '';
      if (typeof parent !== 'object' || parent === null || !(key in parent)) return undefined;
      delete (parent as Json)[key];
    }
    return `${JSON.stringify(root, undefined, 2)}\n`;
  };
}

/** Changes an existing member of a JSON file. */
export function withMember(path: readonly string[], change: (value: unknown) => unknown): TextEdit {
  return (text) => {
    const root = JSON.parse(text) as Json;
    const parent = path.slice(0, -1).reduce<unknown>((value, key) => (value as Json | undefined)?.[key], root);
    const key = path.at(-1) ?? '';
    if (typeof parent !== 'object' || parent === null || !(key in parent)) return undefined;
    (parent as Json)[key] = change((parent as Json)[key]);
    return `${JSON.stringify(root, undefined, 2)}\n`;
  };
}

/** Deletes a key of a YAML file with its lines; the rest of the text does not change. An empty map becomes `{}`. */
export function withoutKey(...path: readonly string[]): TextEdit {
  return (text) => {
    const map = parseDocument(text, { merge: true }).getIn(path.slice(0, -1), true);
    if (!isMap(map)) return undefined;
    const pair = map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    if (!isScalar(pair?.key) || !pair.key.range || !isNode(pair.value) || !pair.value.range) return undefined;
    const start = text.lastIndexOf('\n', pair.key.range[0]) + 1;
    const last = text.slice(0, pair.value.range[1]).trimEnd().length;
    const end = text.indexOf('\n', last) + 1 || text.length;
    if (map.items.length > 1) return text.slice(0, start) + text.slice(end);
    return `${text.slice(0, start).trimEnd()} {}\n${text.slice(end)}`;
  };
}
