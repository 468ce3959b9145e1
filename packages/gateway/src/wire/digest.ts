/*
 * What a client holds of a view, as a short text. A client that connects again sends it with `subscribe`; a gateway
 * whose view has the same digest answers `same` in place of a snapshot.
 *
 * It covers what can be seen and nothing else: it begins with the list of node 0 and follows the lists of each row that
 * it meets. So neither the order of the maps, nor empty lists, nor rows and lists that nothing leads to any more
 * change it. A row counts by its hash, which the gateway made with a secret; a fast hash is enough to put them together.
 */

/** One node of a plan, as in ViewChange. */
export interface DigestNode {
  /** The index of the parent node, which is always lower; -1 for node 0. */
  readonly parent: number;
  /** Keys in their order, by the key of the parent row; '' for node 0. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** The hash of a row, by its key. */
  hashOf(key: string): string | undefined;
}

/** The digest of a view: 32 hexadecimal digits. */
export function digestOf(nodes: readonly DigestNode[]): string {
  const hash = new Hash128();
  const seen: Set<string>[] = [];
  for (const node of nodes) {
    const keys = new Set<string>();
    seen.push(keys);
    // Each parent key is followed by the number of its rows, so that no two states make the same sequence.
    for (const parent of [...(seen[node.parent] ?? [''])].sort()) {
      const list = node.lists.get(parent) ?? [];
      if (list.length === 0) continue;
      hash.add(parent);
      hash.addNumber(list.length);
      for (const key of list) {
        keys.add(key);
        hash.add(key);
        hash.add(node.hashOf(key) ?? '');
      }
    }
    // Ends the node: no list is empty, so this is the beginning of none.
    hash.add('');
    hash.addNumber(0);
  }
  return hash.text();
}

/** Four lanes of 32 bits over the units of UTF-16 texts, each text preceded by its length. Not for secrets. */
class Hash128 {
  #a = 0x3c6ef372;
  #b = 0x254ff53a;
  #c = 0x510e527f;
  #d = 0x1b05688c;

  add(text: string): void {
    this.addNumber(text.length);
    for (let at = 0; at < text.length; at += 1) this.addNumber(text.charCodeAt(at));
  }

  addNumber(value: number): void {
    const a = this.#a;
    this.#a = rotate(this.#b) ^ Math.imul(a ^ value, 597_399_067);
    this.#b = rotate(this.#c) ^ Math.imul(this.#b ^ value, 2_869_860_233);
    this.#c = rotate(this.#d) ^ Math.imul(this.#c ^ value, 951_274_213);
    this.#d = rotate(a) ^ Math.imul(this.#d ^ value, 2_716_044_179);
  }

  text(): string {
    // Zeros let the last units reach every lane.
    for (let round = 0; round < 8; round += 1) this.addNumber(0);
    return [this.#a, this.#b, this.#c, this.#d].map((lane) => mix(lane).toString(16).padStart(8, '0')).join('');
  }
}

/** Brings high bits down: multiplying only ever carries up. */
function rotate(lane: number): number {
  return (lane << 13) | (lane >>> 19);
}

function mix(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 2_246_822_507);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 3_266_489_909);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
