import type { Engine } from '../engine/engine.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest } from '../protocol/frames.ts';
import type { Selection, SignedInUser } from './session.ts';

/** What the engine knows about one of its sessions. */
export interface SessionFacts extends Selection {
  /** When it expires, in milliseconds since 1970; undefined = never. */
  readonly expiresAt: number | undefined;
  /** Where its user is defined; a record user is one of the database. */
  readonly level: 'root' | 'namespace' | 'database';
  readonly user: SignedInUser;
}

// Whole, because without a namespace the engine refuses to look into it.
const question = codec.encode(['RETURN $session', {}]);

/** Undefined when the engine does not tell, which it does not to a session that has expired. */
export async function askSession(engine: Engine, engineSession: string): Promise<SessionFacts | undefined> {
  const reply = await engine.execute(engineRequest('query', question, engineSession));
  if (!reply.ok) return undefined;
  const [answer] = codec.decode(reply.result) as { status: string; result: Record<string, unknown> }[];
  if (answer?.status !== 'OK') return undefined;
  const { exp, ns, db, rd, tk } = answer.result;
  const token = Object(tk) as { NS?: string; DB?: string; AC?: string };
  return {
    // The engine counts whole seconds, and lets the last one pass.
    expiresAt: typeof exp === 'number' ? (exp + 1) * 1000 : undefined,
    namespace: typeof ns === 'string' ? ns : undefined,
    database: typeof db === 'string' ? db : undefined,
    level: token.DB !== undefined ? 'database' : token.NS !== undefined ? 'namespace' : 'root',
    // A user who signs in after a record leaves the record in the session, but not its access in the token.
    user:
      rd !== undefined && token.AC !== undefined ? { type: 'record', id: `${ns}/${db}/${rd}` } : { type: 'service' },
  };
}
