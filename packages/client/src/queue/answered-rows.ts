import type { WireValue } from '@spookify/gateway/wire';
import { fieldOf } from './queue-changes.ts';

/** The rows that the gateway has answered to direct writes, until the page shows them. */
export class AnsweredRows {
  readonly #rows = new Map<string, { readonly row: WireValue; readonly round: number }>();

  /** @param round the round of the present socket that shows the row */
  add(record: string, row: WireValue, round: number): void {
    this.#rows.set(record, { row, round });
  }

  /** The value of a field, encoded; undefined if there is no row of the record. */
  valueOf(record: string, field: string): WireValue | undefined {
    const row = this.#rows.get(record)?.row;
    return row === undefined ? undefined : fieldOf(row, field);
  }

  /** The data of a round is shown. */
  committed(round: number): void {
    for (const [record, { round: its }] of this.#rows) if (its <= round) this.#rows.delete(record);
  }

  /** The socket is lost. The first round of the next one shows all of them. */
  lost(): void {
    for (const [record, { row }] of this.#rows) this.#rows.set(record, { row, round: 0 });
  }

  clear(): void {
    this.#rows.clear();
  }
}
