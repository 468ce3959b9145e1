/** What a soak found, with everything that is needed to find the cause. */
export class SoakFault extends Error {
  override readonly name = 'SoakFault';
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.details = details;
  }
}
