import type { IncomingHttpHeaders } from 'node:http';
import { codec } from '../protocol/codec.ts';
import { dispatch } from '../protocol/dispatch.ts';
import { errorMessage, type Reply } from '../protocol/frames.ts';
import type { Connection } from '../session/connection.ts';
import type { Exchange } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';

const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/**
 * Signs in the request's session by its `Authorization` header, then selects the namespace and database of `Surreal-NS`
 * and `Surreal-DB`. A selection that comes with the token or user is kept. Throws an HttpProblem if the credentials are
 * wrong.
 */
export async function signInByHeaders(connection: Connection, headers: IncomingHttpHeaders): Promise<void> {
  const id = text(headers['surreal-id']);
  if (id !== undefined && !UUID.test(id)) throw HttpProblem.unauthorized('The request body contains invalid data');
  const [scheme = '', credentials = ''] = (headers.authorization ?? '').split(/\s+/, 2);
  if (/^bearer$/i.test(scheme)) accept(await call(connection, 'authenticate', [credentials]));
  if (/^basic$/i.test(scheme)) accept(await call(connection, 'signin', [basic(credentials, headers)]));
  const session = connection.session(undefined);
  // Selecting creates what does not exist, which a guest may not do.
  if (session?.identity.type !== 'authenticated') return;
  const namespace = session.namespace ?? text(headers['surreal-ns']);
  const database = session.database ?? text(headers['surreal-db']);
  if (namespace === undefined || (namespace === session.namespace && database === session.database)) return;
  accept(await call(connection, 'use', [namespace, database]));
}

/** The request's namespace and database, from its session or its headers. Throws an HttpProblem if one is missing. */
export function requireDatabase({ session, request }: Exchange): { namespace: string; database: string } {
  const namespace = session.namespace ?? text(request.headers['surreal-ns']);
  if (namespace === undefined) throw HttpProblem.badRequest('Specify a namespace to use');
  const database = session.database ?? text(request.headers['surreal-db']);
  if (database === undefined) throw HttpProblem.badRequest('Specify a database to use');
  return { namespace, database };
}

/** Sends an RPC request of the server on the connection's default session. */
export function call(connection: Connection, method: string, params: unknown[]): Promise<Reply> {
  const request = { id: undefined, method, params: codec.encode(params), session: undefined, transaction: undefined };
  return dispatch(connection, request);
}

function accept(reply: Reply): void {
  if (!reply.ok) throw HttpProblem.unauthorized(errorMessage(reply.error));
}

function basic(credentials: string, headers: IncomingHttpHeaders): Record<string, string> {
  const decoded = Buffer.from(credentials, 'base64').toString('utf-8');
  const colon = decoded.indexOf(':');
  if (colon === -1) throw HttpProblem.unauthorized('There was a problem with authentication');
  const namespace = text(headers['surreal-auth-ns']);
  const database = text(headers['surreal-auth-db']);
  return {
    user: decoded.slice(0, colon),
    pass: decoded.slice(colon + 1),
    ...(namespace === undefined ? {} : { ns: namespace }),
    ...(database === undefined ? {} : { db: database }),
  };
}

const text = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && header !== '' ? header : undefined;
