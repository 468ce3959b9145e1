/** Returns the next number in [0, 1). */
export type Draw = () => number;

/**
 * Numbers that depend only on the seed and their purpose: drawing more for one purpose changes no other. FNV-1a into
 * mulberry32; good enough for choices, and the same on every machine.
 */
export function draws(seed: number, purpose: string): Draw {
  let state = 0x811c9dc5;
  for (const character of `${seed}/${purpose}`) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Chooses one of the names, by their weights. */
export function choose<Name extends string>(draw: Draw, weights: Readonly<Record<Name, number>>): Name {
  const entries = Object.entries<number>(weights) as [Name, number][];
  let left = draw() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  throw new RangeError('there is nothing to choose from');
}
