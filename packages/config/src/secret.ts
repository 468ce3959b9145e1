import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * A value that is not shown: printing, logging, serialising or inspecting it gives `[redacted]`, so a whole config can
 * be logged. Only `reveal()` returns the text.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the text. Pass it directly to what needs it, never to a log, an error or a URL. */
  reveal(): string {
    return this.#value;
  }

  toString(): typeof REDACTED {
    return REDACTED;
  }

  toJSON(): typeof REDACTED {
    return REDACTED;
  }

  [inspect.custom](): typeof REDACTED {
    return REDACTED;
  }
}
