import { type Connection, isAway } from './connection.ts';
import type { Logger } from './logger.ts';
import { createWake, type Wake } from './wake.ts';

/** What a changed row says; a hint, since none comes twice and some never come. */
export interface Hint {
  /** The row is pending; how long until it is due, in milliseconds, 0 for now. */
  readonly dueInMs?: number;
  /** Its owner asks for something. */
  readonly requested: boolean;
}

export interface Listener extends Wake {
  readonly listening: boolean;
  /** The connection is another one: the subscription went with the old. */
  reset(): void;
  /** Ends the subscription until `resume`: nobody needs to be told. */
  rest(): Promise<void>;
  resume(): void;
}

const RETRY_MS = 3_000;

/** Keeps a LIVE query on one outbox table, where the database has such a thing; the polls do without. */
export function createListener(
  connection: Connection,
  statement: string,
  onHint: (hint: Hint) => void,
  logger: Logger,
): Listener {
  let subscription: { end?: () => Promise<void> } | undefined;
  let resting = false;
  let told = false;

  async function listen(): Promise<void> {
    if (resting || subscription !== undefined || !connection.connected) return;
    const mine: { end?: () => Promise<void> } = {};
    const onEnd = (): void => {
      if (subscription === mine) subscription = undefined;
    };
    try {
      subscription = mine;
      mine.end = await connection.listen(statement, (value) => onHint(parseHint(value, Date.now())), onEnd);
      if (resting) return await unsubscribe();
      // What changed before the subscription stood has told nobody.
      onHint({ dueInMs: 0, requested: true });
    } catch (error) {
      onEnd();
      if (told || isAway(error)) return;
      told = true;
      logger.warn({ reason: error instanceof Error ? error.message : error }, 'LIVE is not available; polling instead');
    }
  }

  async function unsubscribe(): Promise<void> {
    const end = subscription?.end;
    // While it is being made there is nothing to end yet; `listen` looks again.
    if (end === undefined) return;
    subscription = undefined;
    // It went with the connection, or goes with it.
    await end().catch(() => {});
  }

  const wake = createWake(RETRY_MS, listen, () => {});
  return {
    ...wake,
    get listening() {
      return (resting || subscription !== undefined) && connection.connected;
    },
    reset() {
      subscription = undefined;
      wake.nudge();
    },
    async rest() {
      resting = true;
      await unsubscribe();
    },
    resume() {
      if (!resting) return;
      resting = false;
      wake.nudge();
    },
  };
}

function parseHint(value: Record<string, unknown>, now: number): Hint {
  const { status, run_at: runAt, request } = value;
  const requested = request !== undefined && request !== null;
  if (status !== 'pending') return { requested };
  return { requested, dueInMs: runAt instanceof Date ? Math.max(0, runAt.getTime() + 1 - now) : 0 };
}
