import { LinkError } from '@spookify/surreal-link';

/** The codes of GatewayStartError. */
export type GatewayStartErrorCode =
  /** An option has the wrong form. */
  | 'SPOOKY_GATEWAY_BAD_OPTIONS'
  /** The database refuses the service user's name or password. */
  | 'SPOOKY_GATEWAY_SIGN_IN_REFUSED'
  /** The address is in use, or does not belong to this machine. */
  | 'SPOOKY_GATEWAY_CANNOT_LISTEN'
  /** The database lacks the gateway's tables or its access. */
  | 'SPOOKY_GATEWAY_NOT_INSTALLED'
  /** The database was set up with another token key. */
  | 'SPOOKY_GATEWAY_WRONG_KEY'
  /** The database could not be read. */
  | 'SPOOKY_GATEWAY_DATABASE_FAILED'
  /** The gateway was stopped before it was running, or `start` was called twice. */
  | 'SPOOKY_GATEWAY_STOPPED';

/** Why a gateway did not start. `code` says which reason, and the message what to do. */
export class GatewayStartError extends Error {
  override readonly name = 'GatewayStartError';
  readonly code: GatewayStartErrorCode;

  constructor(code: GatewayStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Converts the cause of a failed start into a GatewayStartError. */
export function startError(cause: unknown): GatewayStartError {
  if (cause instanceof GatewayStartError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof LinkError && cause.code === 'SPOOKY_LINK_SIGN_IN_REFUSED') {
    return new GatewayStartError(
      'SPOOKY_GATEWAY_SIGN_IN_REFUSED',
      "the database refuses the gateway's user; set SPOOKY_GATEWAY_PASSWORD to the password that `spooky db migrate` was run with",
      { cause },
    );
  }
  if (cause instanceof LinkError && cause.code === 'SPOOKY_LINK_BAD_OPTIONS') {
    return new GatewayStartError('SPOOKY_GATEWAY_BAD_OPTIONS', reason, { cause });
  }
  const message = `the gateway could not read the database (${reason}); check the database's log`;
  return new GatewayStartError('SPOOKY_GATEWAY_DATABASE_FAILED', message, { cause });
}

export function stopped(): GatewayStartError {
  return new GatewayStartError(
    'SPOOKY_GATEWAY_STOPPED',
    'the gateway was already started or stopped; create a new one',
  );
}
