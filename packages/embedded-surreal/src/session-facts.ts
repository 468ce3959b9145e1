import { codec } from './codec.ts';
import type { Engine } from './engine.ts';
import { engineRequest } from './frames.ts';
import type { SignedInUser } from './session.ts';

/** What the engine knows about one of its sessions. */
export interface SessionFacts {
  /** When it expires, in milliseconds since 1970; undefined = never. */
  readonly expiresAt: number | undefined;
  readonly namespace: string | undefined;
  readonly database: string | undefined;
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
  const { exp, ns, db, rd } = answer.result;
  return {
    // The engine counts whole seconds, and lets the last one pass.
    expiresAt: typeof exp === 'number' ? (exp + 1) * 1000 : undefined,
    namespace: typeof ns === 'string' ? ns : undefined,
    database: typeof db === 'string' ? db : undefined,
    user: rd === undefined || rd === null ? { type: 'service' } : { type: 'record', id: `${ns}/${db}/${rd}` },
  };
}
