import { SoakFault } from './fault.ts';

/** What a tab must show of one row, at the latest: this version or a later one, or that the row is gone. */
interface Expectation {
  readonly version: number | 'gone';
  readonly since: number;
}

/** The acknowledged writes that one tab must show but has not shown yet. */
export class Expectations {
  readonly #waiting = new Map<string, Expectation[]>();
  readonly #now: () => number;

  /** @param now a monotonic clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(key: string, version: number | 'gone'): void {
    const expectation = { version, since: this.#now() };
    const known = this.#waiting.get(key);
    if (known === undefined) this.#waiting.set(key, [expectation]);
    else known.push(expectation);
  }

  /**
   * Removes what is shown now.
   *
   * @param shown the version that the tab shows of a row; undefined if it does not show the row
   * @returns how long each removed expectation waited, in milliseconds
   */
  settle(shown: (key: string) => number | undefined): number[] {
    const waited: number[] = [];
    for (const [key, list] of this.#waiting) {
      const version = shown(key);
      // What meets a later expectation has gone past the earlier ones: an update may be followed by a deletion.
      const met = list.findLastIndex((expectation) => isMet(expectation.version, version)) + 1;
      for (const { since } of list.slice(0, met)) waited.push(this.#now() - since);
      if (met === list.length) this.#waiting.delete(key);
      else if (met > 0) this.#waiting.set(key, list.slice(met));
    }
    return waited;
  }

  /** The tab has not read in the meantime: the time starts again. */
  restart(): void {
    const since = this.#now();
    for (const [key, list] of this.#waiting) {
      this.#waiting.set(
        key,
        list.map(({ version }) => ({ version, since })),
      );
    }
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** @throws SoakFault if one has waited for longer than `boundMs` */
  check(boundMs: number, shown: (key: string) => number | undefined): void {
    for (const [key, [first]] of this.#waiting) {
      if (first === undefined || this.#now() - first.since <= boundMs) continue;
      throw new SoakFault(`${key} is not shown after ${boundMs} ms`, {
        expected: first.version,
        shown: shown(key) ?? 'nothing',
      });
    }
  }
}

/** @param shown the version that is shown; PAST if the row was shown and has left its window */
export function isMet(expected: number | 'gone', shown: number | undefined): boolean {
  if (expected === 'gone') return shown === undefined || shown === PAST;
  return shown !== undefined && shown >= expected;
}

/** Later than every version. */
export const PAST = Number.POSITIVE_INFINITY;
