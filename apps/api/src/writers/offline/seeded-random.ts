/** Random numbers that depend only on a text, so that the same thread always gets the same suggestion. */
export interface SeededRandom {
  /** True in about `share` of the calls, 0 to 1. */
  chance(share: number): boolean;
  /** Returns one of the items. */
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  /** Returns the same items in another order. */
  shuffle<Item>(items: readonly Item[]): Item[];
}

/**
 * FNV-1a over the text's UTF-16 units seeds a mulberry32. That is sufficient to vary prose; nothing secret depends on it.
 */
export function seededRandom(seed: string): SeededRandom {
  let state = 0x811c9dc5;
  for (let index = 0; index < seed.length; index++) {
    state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193);
  }
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    chance: (share) => next() < share,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    shuffle: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
  };
}
