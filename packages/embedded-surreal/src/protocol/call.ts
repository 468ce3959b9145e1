import type { Connection } from '../session/connection.ts';
import type { Session } from '../session/session.ts';
import { engineRequest, type Reply, type RequestFrame } from './frames.ts';

/** A request on a session that belongs to its connection. */
export interface Call {
  readonly connection: Connection;
  readonly session: Session;
  readonly request: RequestFrame;
}

export type Handler = (call: Call) => Promise<Reply>;

/** Sends the request unchanged, on the engine's session. */
export function forward({ connection, session, request }: Call): Promise<Reply> {
  return connection.engine.execute(
    engineRequest(request.method, request.params, session.engineId, request.transaction),
  );
}
