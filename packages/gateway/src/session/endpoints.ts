import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import type { SessionAnswer } from '../wire/session.ts';
import { encodeValue, type WireRecordId } from '../wire/value.ts';
import { type Caller, type CallerOptions, callerOf, requireSameSite } from './caller.ts';
import { renewInMs, type Session, type Sessions, signedOut } from './sessions.ts';
import type { SignIn, SignInKind } from './sign-in.ts';
import { credentialsOf } from './sign-in-request.ts';

/** Requests per minute from one address. */
export type SessionLimits = Pick<
  { readonly [Name in keyof (typeof LIMITS)['session']]: number },
  'signInsPerMinute' | 'postsPerMinute'
>;

export interface EndpointsOptions extends CallerOptions {
  /** Replaces some of the limits in limits.ts. */
  readonly limits?: Partial<SessionLimits>;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly schema: () => DatabaseSchema;
  /** False before the gateway is ready, and while it stops. */
  readonly isOpen: () => boolean;
  /** Called with the answer to each sign-in and sign-up. */
  readonly onAnswer: (kind: SignInKind, result: 'ok' | FastifyError) => void;
}

/** Adds the HTTP endpoints for sessions. wire/session.ts describes their bodies. */
export function addSessionEndpoints(app: FastifyInstance, options: EndpointsOptions): void {
  const { sessions, signIn, schema, onAnswer } = options;
  const { signInsPerMinute, postsPerMinute, lifetimeMs } = { ...LIMITS.session, ...options.limits };
  const lifetimeOf = (access: string): number => schema().accesses.get(access)?.grantMs ?? lifetimeMs;

  /** Sets the cookie for a page; returns the token in the answer for a program. */
  function answer(reply: FastifyReply, caller: Caller, { user, leftMs }: Session, token: string): SessionAnswer {
    if (caller.kind === 'page') {
      const { name, attributes } = caller.cookie;
      reply.setCookie(name, token, { ...attributes, maxAge: Math.floor(leftMs / 1_000) });
    }
    return {
      user: encodeValue(user) as WireRecordId,
      renewInMs: renewInMs(leftMs),
      ...(caller.kind === 'program' && { token }),
    };
  }

  async function authenticate(kind: SignInKind, request: FastifyRequest, reply: FastifyReply): Promise<SessionAnswer> {
    const caller = admit(request, options);
    const credentials = credentialsOf(request.body, schema());
    const user = await signIn(kind, credentials, request.ip);
    // A new token each time, so that a token planted in a browser never becomes a session.
    const { token, session } = await sessions.begin(user, credentials.access, lifetimeOf(credentials.access));
    await sessions.end(caller.sent);
    onAnswer(kind, 'ok');
    return answer(reply, caller, session, token);
  }

  const perMinute = (max: number, groupId: string) => ({
    config: { rateLimit: { max, timeWindow: 60_000, groupId } },
  });
  /** Requests above the limit fail before `authenticate`, so failures are reported where all of them pass. */
  const signIns = (kind: SignInKind) => ({
    ...perMinute(signInsPerMinute, 'sign-ins'),
    errorHandler(error: FastifyError) {
      onAnswer(kind, error);
      throw error;
    },
  });
  const posts = perMinute(postsPerMinute, 'posts');
  app.post('/spooky/sign-up', signIns('sign-up'), (request, reply) => authenticate('sign-up', request, reply));
  app.post('/spooky/sign-in', signIns('sign-in'), (request, reply) => authenticate('sign-in', request, reply));

  app.post('/spooky/renew', posts, async (request, reply) => {
    const caller = admit(request, options);
    requireEmpty(request.body);
    const { token } = caller;
    const session = token === undefined ? undefined : await sessions.find(token);
    if (token === undefined || session === undefined) throw signedOut();
    const leftMs = lifetimeOf(session.access);
    if (!(await sessions.renew(session.id, leftMs))) throw signedOut();
    return answer(reply, caller, { ...session, leftMs }, token);
  });

  app.post('/spooky/sign-out', posts, async (request, reply) => {
    const caller = admit(request, options);
    requireEmpty(request.body);
    await sessions.end(caller.sent);
    if (caller.kind === 'page') reply.clearCookie(caller.cookie.name, caller.cookie.attributes);
    return {};
  });
}

function admit({ headers }: FastifyRequest, options: CallerOptions & Pick<EndpointsOptions, 'isOpen'>): Caller {
  const caller = callerOf(headers, options);
  requireSameSite(headers);
  // Fastify checks the content type only if the request has a body.
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new GatewayError('SPOOKY_GATEWAY_BAD_REQUEST', 'The body must be JSON; send Content-Type: application/json.');
  }
  if (!options.isOpen()) {
    throw new GatewayError('SPOOKY_GATEWAY_DATABASE_AWAY', 'The gateway is not ready; try again in a moment.');
  }
  return caller;
}

function requireEmpty(body: unknown): void {
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0) return;
  throw new GatewayError('SPOOKY_GATEWAY_BAD_REQUEST', 'The body must be {}.');
}
