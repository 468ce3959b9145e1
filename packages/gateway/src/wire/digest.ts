/*
 * What a client has of a view, as a short text. A client that reconnects sends it with `subscribe`. If the gateway's
 * view has the same digest, the gateway answers `same` instead of a snapshot.
 *
 * The digest covers only what is visible: it starts with the list of node 0 and follows the lists of each row that it
 * reaches. It therefore does not depend on the order of the maps, on empty lists, or on rows and lists that are no
 * longer reachable. A row is represented by its hash, which the gateway makes with a secret; combining the hashes needs
 * only a fast hash.
 */

/** One node of a plan, as in ViewChange. */
export interface DigestNode {
  /** The index of the parent node, which is always lower; -1 for node 0. */
  readonly parent: number;
  /** Keys in order, by the key of the parent row; '' for node 0. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** The hash of a row, by its key. */
  hashOf(key: string): string | undefined;
}

/**
 * The digest of a view.
 *
 * @param nodes the nodes of the view's plan in their order, so that each parent comes before its children
 * @returns 32 hexadecimal digits, equal in every version of gateway and client
 */
export function digestOf(nodes: readonly DigestNode[]): string {
  const hash = new Hash128();
  const seen: Set<string>[] = [];
  for (const node of nodes) {
    const keys = new Set<string>();
    seen.push(keys);
    // Each parent key is followed by the number of its rows, so that different states never give the same sequence.
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
    // Marks the end of the node: a list is never empty, so this cannot be the start of one.
    hash.add('');
    hash.addNumber(0);
  }
  return hash.text();
}

/** Four lanes of 32 bits over the UTF-16 code units of texts, each preceded by its length. Not for secrets. */
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
    // Zeros let the last units affect every lane.
    for (let round = 0; round < 8; round += 1) this.addNumber(0);
    return [this.#a, this.#b, this.#c, this.#d].map((lane) => mix(lane).toString(16).padStart(8, '0')).join('');
  }
}

/** Moves high bits down, because multiplication only carries upwards. */
function rotate(lane: number): number {
  return (lane << 13) | (lane >>> 19);
}

function mix(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 2_246_822_507);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 3_266_489_909);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
