import type { WireErrorBody, WireErrorCode } from './wire/errors.ts';

/**
 * An error that the gateway answers a client with. `message` says what is wrong and what to do, and contains nothing
 * secret.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: WireErrorCode;
  readonly details: Omit<WireErrorBody, 'code' | 'message'>;

  constructor(
    code: WireErrorCode,
    message: string,
    { cause, ...details }: Omit<WireErrorBody, 'code' | 'message'> & { readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get body(): WireErrorBody {
    return { code: this.code, message: this.message, ...this.details };
  }
}
