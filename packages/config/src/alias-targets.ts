import { type Alias, type Document, isAlias, isNode, type Node, visit } from 'yaml';

/**
 * Finds the value that each alias (`*name`) of a document refers to: the last anchor `&name` before it. The library can
 * find one at a time, but searches the whole document for each.
 */
export function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
