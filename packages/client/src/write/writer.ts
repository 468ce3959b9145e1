import { decodeValue, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { signedOut } from '../auth/auth.ts';
import { gatewayError, unknownFormat } from '../connection/gateway-error.ts';
import { ClientError } from '../errors.ts';
import { checkSize } from './check-size.ts';
import type { Exchange, WriteSocket } from './exchange.ts';
import { randomKey } from './record-key.ts';
import { isTransient } from './transient.ts';

/** An open socket and its user. */
export interface Session {
  readonly socket: WriteSocket;
  readonly user: RecordId;
}

/** A write that the gateway has made. */
export interface Written {
  readonly write: WireWrite;
  /** The row as its writer sees it. */
  readonly row: WireValue;
  /** The round of the socket that shows the row. */
  readonly round: number;
  readonly socket: WriteSocket;
}

/** Maximum time in which a write waits for a connection and is retried. Milliseconds. */
const WAIT_MS = 10_000;
const PAUSE_MS = 100;
/**
 * Maximum number of writes without an answer; further writes wait. The gateway accepts 32 per socket, of which half are
 * for pending writes.
 */
const AT_ONCE = 16;

/**
 * Sends writes that are not optimistic, and waits for their answers. A write whose connection breaks is sent again on
 * the next one with the same key, so that it has one effect. If the outcome is unknown after ten seconds, the error says
 * so.
 */
export class Writer {
  /** Resolves with the current session, or the next one within the limit. */
  readonly #session: (limitMs: number) => Promise<Session>;
  readonly #user: () => RecordId | undefined;
  readonly #exchange: Pick<Exchange, 'write'>;
  readonly #onWritten: (written: Written) => void;
  readonly #queue: (() => void)[] = [];
  #underWay = 0;

  /**
   * @param session resolves with the current session or the next one
   * @param user who is signed in now; undefined if that is not known yet
   * @param onWritten called when the gateway has made a write, before `write` resolves. Default: nothing
   */
  constructor(
    session: (limitMs: number) => Promise<Session>,
    user: () => RecordId | undefined,
    exchange: Pick<Exchange, 'write'>,
    onWritten: (written: Written) => void = () => undefined,
  ) {
    this.#session = session;
    this.#user = user;
    this.#exchange = exchange;
    this.#onWritten = onWritten;
  }

  /**
   * Performs a write and resolves with the answer of the gateway.
   *
   * @throws SPOOKY_CLIENT_TOO_LARGE before anything is sent; what the gateway answers; SPOOKY_CLIENT_OUTCOME_UNKNOWN
   */
  async write(write: WireWrite): Promise<unknown> {
    // It may wait long for its turn or a connection, and another user may sign in meanwhile.
    const user = this.#user();
    checkSize(write);
    await this.#turn();
    try {
      return await this.#settle(write, user);
    } finally {
      this.#underWay -= 1;
      this.#queue.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#underWay >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#underWay += 1;
  }

  async #settle(write: WireWrite, begunBy: RecordId | undefined): Promise<unknown> {
    const deadline = performance.now() + WAIT_MS;
    const key = randomKey();
    let user = begunBy;
    /** It was sent and not answered, so it may have had its effect. */
    let inDoubt = false;
    for (;;) {
      const session = await this.#sessionFor(user, inDoubt, deadline);
      user = session.user;
      const answer = await this.#exchange.write(session.socket, write, key);
      const isLate = performance.now() >= deadline;
      if (answer.type === 'too-large') throw inDoubt ? unknownOutcome(answer.error) : answer.error;
      if (answer.type === 'lost') {
        inDoubt = true;
        if (isLate) throw unknownOutcome();
      } else if (answer.type === 'written') {
        this.#onWritten({ write, row: answer.result, round: answer.visibleIn, socket: session.socket });
        return resultOf(answer.result);
      } else if (answer.type === 'refused') {
        const { code } = answer.error;
        inDoubt ||= code === 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN';
        if (isLate || !isTransient(answer.error))
          throw inDoubt && isTransient(answer.error) ? unknownOutcome() : gatewayError(answer.error);
        await pause((answer.error.retryInMs ?? PAUSE_MS) * (0.5 + Math.random()));
      }
    }
  }

  /** A write of one user is never completed in the session of another. */
  async #sessionFor(user: RecordId | undefined, inDoubt: boolean, deadline: number): Promise<Session> {
    try {
      const session = await this.#session(Math.max(deadline - performance.now(), 0));
      if (user === undefined || user.equals(session.user)) return session;
      throw signedOut();
    } catch (error) {
      throw inDoubt ? unknownOutcome(error) : error;
    }
  }
}

function resultOf(result: WireValue): unknown {
  try {
    return decodeValue(result);
  } catch (error) {
    throw unknownFormat(error);
  }
}

function unknownOutcome(cause?: unknown): ClientError {
  return new ClientError(
    'SPOOKY_CLIENT_OUTCOME_UNKNOWN',
    'The connection broke during this write, and its outcome is unknown. Read the record before you write again.',
    { cause },
  );
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
