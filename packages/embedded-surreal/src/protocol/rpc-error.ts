/**
 * The errors that the server itself answers with. Code, kind, message and details are those of a SurrealDB 3 server, so
 * that the SDK throws the same classes.
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

/** A server uses the name `unknown` for every method that it does not know. */
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

/** Guests may not touch data; a real server refuses them the same way by default. */
export const anonymousNotAllowed = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message: 'Anonymous access not allowed: Not enough permissions to perform this action',
  details: {
    kind: 'Auth',
    details: { kind: 'NotAllowed', details: { actor: 'anonymous', action: 'process', resource: 'query' } },
  },
});

/** The engine's error for a user without the necessary right. */
export const notEnoughPermissions = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message: 'IAM error: Not enough permissions to perform this action',
});

/** The engine's error for an expired session. */
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

/** The engine's error for a query that is nested too deeply. */
export const excessiveDepth = (): RpcError => ({
  code: -32000,
  kind: 'Validation',
  message: 'Parse error: Exceeded query recursion depth limit',
});

/** A statement that the engine would run but this server refuses. */
export const invalidStatement = (message: string): RpcError => ({ code: -32000, kind: 'Validation', message });

/** The selected namespace or database does not exist, and the user may not create it. */
export const notFound = (kind: 'Namespace' | 'Database', name: string): RpcError => ({
  code: -32000,
  kind: 'NotFound',
  message: `The ${kind.toLowerCase()} '${name}' does not exist`,
  details: { kind, details: { name } },
});

/** Only in service-only mode. */
export const recordUsersRefused = (): RpcError => ({
  code: -32002,
  kind: 'NotAllowed',
  message:
    'Record users connect through the gateway; this database accepts them only on a connection of a signed-in service user',
  details: {
    kind: 'Auth',
    details: { kind: 'NotAllowed', details: { actor: 'record', action: 'authenticate', resource: 'session' } },
  },
});
