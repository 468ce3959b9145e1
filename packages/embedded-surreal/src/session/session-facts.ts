import type { Engine } from '../engine/engine.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest } from '../protocol/frames.ts';
import type { Selection, SignedInUser } from './session.ts';

/** What the engine knows about one of its sessions. */
export interface SessionFacts extends Selection {
  /** When the session expires, in milliseconds since 1970; undefined means never. */
  readonly expiresAt: number | undefined;
  /** The level at which the user is defined. A record user belongs to the database. */
  readonly level: 'root' | 'namespace' | 'database';
  readonly user: SignedInUser;
}

// The whole variable: without a selected namespace the engine refuses to read its fields.
const question = codec.encode(['RETURN $session', {}]);

/** Undefined if the engine refuses to answer, as it does for an expired session. */
export async function askSession(engine: Engine, engineSession: string): Promise<SessionFacts | undefined> {
  const reply = await engine.execute(engineRequest('query', question, engineSession));
  if (!reply.ok) return undefined;
  const [answer] = codec.decode(reply.result) as { status: string; result: Record<string, unknown> }[];
  if (answer?.status !== 'OK') return undefined;
  const { exp, ns, db, rd, tk } = answer.result;
  const token = Object(tk) as { NS?: string; DB?: string; AC?: string };
  return {
    // The engine counts whole seconds and accepts the last one.
    expiresAt: typeof exp === 'number' ? (exp + 1) * 1000 : undefined,
    namespace: typeof ns === 'string' ? ns : undefined,
    database: typeof db === 'string' ? db : undefined,
    level: token.DB !== undefined ? 'database' : token.NS !== undefined ? 'namespace' : 'root',
    // If a user signs in after a record user, the session keeps the record but the token has no access.
    user:
      rd !== undefined && token.AC !== undefined ? { type: 'record', id: `${ns}/${db}/${rd}` } : { type: 'service' },
  };
}
