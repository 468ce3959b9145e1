import type { View } from './view.ts';

/*
 * The bytes of rows in each reader's views, so that one account cannot take the memory that others need.
 *
 *   used by readers ──the last one leaves──▶ lingering ──removed, or used again──▶ …
 *
 * A shared view counts in full for each of its readers, so its cost to one reader does not depend on the others. A view
 * that lingers without subscriptions counts for the reader who left it last.
 */

export class ReaderBytes {
  readonly #bytes = new Map<string, number>();

  of(reader: string): number {
    return this.#bytes.get(reader) ?? 0;
  }

  add(reader: string, by: number): void {
    const bytes = this.of(reader) + by;
    if (bytes > 0) this.#bytes.set(reader, bytes);
    else this.#bytes.delete(reader);
  }
}

/** The readers that a view counts for. */
export function chargedReaders({ subscriptions, lastReader }: View): ReadonlySet<string> {
  if (subscriptions.size === 0) return new Set(lastReader === undefined ? [] : [lastReader]);
  return new Set([...subscriptions].map(({ socket }) => socket.reader));
}
