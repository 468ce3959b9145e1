/**
 * The errors that the server answers itself, each the same in code, kind, message and details as a SurrealDB 3
 * server's, so that the SDK raises the same classes.
 */
export interface RpcError {
  readonly code: number;
  readonly kind: 'Validation' | 'NotAllowed' | 'NotFound' | 'AlreadyExists' | 'Configuration' | 'Internal';
  readonly message: string;
  readonly details?: RpcErrorDetails;
}

interface RpcErrorDetails {
  readonly kind: string;
  readonly details?: object;
}

export const parseError = (): RpcError => ({
  code: -32700,
  kind: 'Validation',
  message: 'Parse error',
  details: { kind: 'Parse' },
});

export const invalidRequest = (): RpcError => ({
  code: -32600,
  kind: 'Validation',
  message: 'Invalid request',
  details: { kind: 'InvalidRequest' },
});

export const invalidParams = (message: string): RpcError => ({
  code: -32603,
  kind: 'Validation',
  message,
  details: { kind: 'InvalidParams' },
});

/** `unknown` is what a server calls every method that it has no name for. */
export const methodNotFound = (name = 'unknown'): RpcError => ({
  code: -32601,
  kind: 'NotFound',
  message: 'Method not found',
  details: { kind: 'Method', details: { name } },
});

export const methodNotAllowed = (name: string): RpcError => ({
  code: -32602,
  kind: 'NotAllowed',
  message: 'Method not allowed',
  details: { kind: 'Method', details: { name } },
});

export const liveQueryNotSupported = (): RpcError => ({
  code: -32604,
  kind: 'Configuration',
  message: 'Live query not supported',
  details: { kind: 'LiveQueryNotSupported' },
});

/** Guests may do nothing with data; a real server answers so by default. */
export const anonymousNotAllowed = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message: 'Anonymous access not allowed: Not enough permissions to perform this action',
  details: {
    kind: 'Auth',
    details: { kind: 'NotAllowed', details: { actor: 'anonymous', action: 'process', resource: 'query' } },
  },
});

/** The engine's words for a user whose rights do not go that far. */
export const notEnoughPermissions = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message: 'IAM error: Not enough permissions to perform this action',
});

/** What the engine says to a session that has expired. */
export const sessionExpired = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message: 'The session has expired',
  details: { kind: 'Auth', details: { kind: 'SessionExpired' } },
});

export const sessionNotFound = (id: string): RpcError => ({
  code: -32000,
  kind: 'NotFound',
  message: `Session not found: ${id}`,
  details: { kind: 'Session', details: { id } },
});

export const sessionExists = (id: string): RpcError => ({
  code: -32000,
  kind: 'AlreadyExists',
  message: `Session already exists: ${id}`,
  details: { kind: 'Session', details: { id } },
});

export const internalError = (message: string): RpcError => ({ code: -32000, kind: 'Internal', message });

/** What the engine says of a query that is nested too deeply. */
export const excessiveDepth = (): RpcError => ({
  code: -32000,
  kind: 'Validation',
  message: 'Parse error: Exceeded query recursion depth limit',
});

/** A statement that the engine would run, and this server does not. */
export const invalidStatement = (message: string): RpcError => ({ code: -32000, kind: 'Validation', message });

/** What is selected does not exist, and the user may not make it. */
export const notFound = (kind: 'Namespace' | 'Database', name: string): RpcError => ({
  code: -32000,
  kind: 'NotFound',
  message: `The ${kind.toLowerCase()} '${name}' does not exist`,
  details: { kind, details: { name } },
});

/** In service-only mode. */
export const recordUsersRefused = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message: 'Record users connect through the gateway; this database takes them only from a signed-in service user',
  details: {
    kind: 'Auth',
    details: { kind: 'NotAllowed', details: { actor: 'record', action: 'authenticate', resource: 'session' } },
  },
});
