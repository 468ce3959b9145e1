import type { Link, SessionPool } from '@spookify/surreal-link';
import type { FastifyInstance } from 'fastify';
import { createKeyedQueue } from '../concurrency/keyed-queue.ts';
import { LIMITS } from '../limits.ts';
import type { GatewayMeters } from '../observe/gateway-meters.ts';
import { validatePlan } from '../plans/validate/validate-plan.ts';
import { createUserRate } from '../rates/user-rate.ts';
import type { DatabaseSchema } from '../schema/database-schema.ts';
import { addSessionEndpoints } from '../session/endpoints.ts';
import { createEngineSessions } from '../session/engine-sessions.ts';
import type { Sessions } from '../session/sessions.ts';
import { createSignIn } from '../session/sign-in.ts';
import type { LiveViews } from '../views/subscriber.ts';
import { compileBackends } from '../writes/backends.ts';
import { createWriteRate } from '../writes/write-rate.ts';
import { createWriter } from '../writes/writer.ts';
import { serveClient } from './client/client-socket.ts';
import { refuseUnread } from './client/refuse-unread.ts';
import { addHealthRoutes } from './health.ts';
import { bodyOf, createHttpApp } from './http-app.ts';
import type { OpenSockets } from './open-sockets.ts';
import type { GatewaySettings } from './options.ts';
import { addSocketRoute } from './socket-route.ts';

/** What the routes need. */
export interface RoutesOptions {
  readonly link: Link;
  /** For writes, and for views that only the engine can evaluate. */
  readonly users: SessionPool;
  /** For sign-ins only. */
  readonly signIns: SessionPool;
  readonly sessions: Sessions;
  readonly sockets: OpenSockets;
  readonly views: LiveViews;
  readonly meters: GatewayMeters;
  readonly schema: () => DatabaseSchema;
  /** False before the gateway is ready, and while it stops. */
  readonly isOpen: () => boolean;
}

/** The HTTP server with all its routes. It does not listen yet. */
export async function createRoutes(settings: GatewaySettings, options: RoutesOptions): Promise<FastifyInstance> {
  const { tokenKey, origins, project, logger, trustedProxies, limits } = settings;
  const { namespace, database } = settings.database;
  const { link, users, signIns, sessions, sockets, views, meters, schema, isOpen } = options;
  const app = await createHttpApp({ trustedProxies, logger });
  addHealthRoutes(app, { isReady: isOpen, isReachable: (ms) => link.isReachable(ms) });
  addSessionEndpoints(app, {
    sessions,
    signIn: createSignIn(signIns),
    schema,
    origins,
    project,
    isOpen,
    onAnswer: (kind, result) => meters.signedIn(kind, result === 'ok' ? result : bodyOf(result).code),
    limits: limits.session ?? {},
  });
  const backends = compileBackends(settings.backends);
  const queue = createKeyedQueue();
  const now = (): number => performance.now();
  const writeRate = createWriteRate({ ...LIMITS.writes, ...limits.writes }, now);
  const requestLimits = { ...LIMITS.requests, ...limits.requests };
  const requestRate = createWriteRate(requestLimits, now, 'ask for jobs to be cancelled or retried');
  const { framesPerUserPerSecond: perSecond, framesPerUserBurst: burst } = LIMITS.socket;
  const rate = createUserRate({ perSecond, burst }, now);
  const engines = createEngineSessions({ pool: users, tokenKey, namespace, database, now: Date.now });
  addSocketRoute(app, {
    sessions,
    sockets,
    meters,
    origins,
    project,
    isOpen,
    serve(socket, session) {
      const { engine, release } = engines.lease(session.user);
      socket.on('close', release);
      const ofWrites = engine.checkedBy(() => refuseUnread(socket.bufferedAmount));
      return serveClient(socket, {
        session,
        engine,
        views,
        write: createWriter({
          schema,
          backends,
          user: session.user,
          engine: ofWrites,
          queue,
          rate: writeRate,
          requestRate,
          logger,
        }),
        rate,
        validatePlan: (plan) => validatePlan(schema(), plan),
        namespace,
        database,
        logger,
        meters,
      });
    },
  });
  return app;
}
