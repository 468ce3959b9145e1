/** A histogram of durations with a resolution of one millisecond. Its size does not depend on the number of values. */
export class Delays {
  readonly #counts = new Uint32Array(60_000);
  #total = 0;

  add(ms: number): void {
    const at = Math.min(Math.ceil(ms), this.#counts.length - 1);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
  }

  get summary(): { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number } {
    return { count: this.#total, p50: this.#quantile(0.5), p99: this.#quantile(0.99), max: this.#quantile(1) };
  }

  #quantile(share: number): number {
    let left = Math.ceil(this.#total * share);
    const at = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return this.#total === 0 ? 0 : at;
  }
}
