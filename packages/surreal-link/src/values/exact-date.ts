import { DateTime } from 'surrealdb';

/** A Date of the database, with the digits below a millisecond that a Date does not hold. */
export class ExactDate extends Date {
  readonly #seconds: bigint;
  readonly #nanoseconds: bigint;

  constructor(seconds: bigint, nanoseconds: bigint) {
    super(Number(seconds) * 1_000 + Math.floor(Number(nanoseconds) / 1e6));
    this.#seconds = seconds;
    this.#nanoseconds = nanoseconds;
  }

  toDateTime(): DateTime {
    return new DateTime([this.#seconds, this.#nanoseconds]);
  }
}
