/** A line that only one of two texts has. */
export interface ChangedLine {
  readonly sign: '-' | '+';
  readonly text: string;
}

/** What turns one text into the other, by the longest sequence of lines that both have; in reading order. */
export function changedLines(before: string, after: string): ChangedLine[] {
  const [old, young] = [before.split('\n'), after.split('\n')];
  // common[i][j]: how many lines the rests from i and from j have in common, in order.
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(young.length + 1));
  const commonAt = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = young.length - 1; j >= 0; j -= 1) {
      const best = old[i] === young[j] ? commonAt(i + 1, j + 1) + 1 : Math.max(commonAt(i + 1, j), commonAt(i, j + 1));
      common[i]?.fill(best, j, j + 1);
    }
  }
  const changes: ChangedLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      [i, j] = [i + 1, j + 1];
    } else if (i < old.length && (j >= young.length || commonAt(i + 1, j) >= commonAt(i, j + 1))) {
      changes.push({ sign: '-', text: old[i] ?? '' });
      i += 1;
    } else {
      changes.push({ sign: '+', text: young[j] ?? '' });
      j += 1;
    }
  }
  return changes;
}
