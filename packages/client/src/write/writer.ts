import {
  type ClientFrame,
  decodeValue,
  FRAME_MAX_BYTES,
  type ServerFrame,
  type WireErrorBody,
  type WireValue,
  type WireWrite,
} from '@spookify/gateway/wire';
import type { RecordId } from 'surrealdb';
import { signedOut } from '../auth/auth.ts';
import { gatewayError, unknownFormat } from '../connection/gateway-error.ts';
import type { Socket } from '../connection/socket.ts';
import { ClientError } from '../errors.ts';
import { randomKey } from './record-key.ts';

/** An open socket and its user. */
export interface Session {
  readonly socket: Pick<Socket, 'send' | 'ended' | 'drop'>;
  readonly user: RecordId;
}

type Answer = Extract<ServerFrame, { type: 'written' | 'refused' }>;

/** Maximum time in which a write waits for a connection and is retried. Milliseconds. */
const WAIT_MS = 10_000;
/**
 * Maximum time for one answer. A gateway that does not answer a write would not answer the next one either.
 * Milliseconds.
 */
const ANSWER_MS = 30_000;
const PAUSE_MS = 100;
/** Maximum number of writes without an answer; further writes wait. The gateway accepts 32 per socket. */
const AT_ONCE = 16;

/**
 * Sends writes and waits for their answers. A write whose connection breaks is sent again on the next one with the same
 * key, so that it has one effect. If the outcome is unknown after ten seconds, the
 * error says so.
 */
export class Writer {
  /** Resolves with the current session, or the next one within the limit. */
  readonly #session: (limitMs: number) => Promise<Session>;
  readonly #user: () => RecordId | undefined;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #queue: (() => void)[] = [];
  #underWay = 0;
  #lastId = 0;

  /**
   * @param session resolves with the current session or the next one
   * @param user who is signed in now; undefined if that is not known yet
   */
  constructor(session: (limitMs: number) => Promise<Session>, user: () => RecordId | undefined) {
    this.#session = session;
    this.#user = user;
  }

  /** Handles the answer to a write. */
  receive(answer: Answer): void {
    this.#answers.get(answer.id)?.(answer);
  }

  /**
   * Performs a write and resolves with the answer of the gateway.
   *
   * @throws SPOOKY_CLIENT_TOO_LARGE before anything is sent; what the gateway answers; SPOOKY_CLIENT_OUTCOME_UNKNOWN
   */
  async write(given: WireWrite | Promise<WireWrite>): Promise<unknown> {
    // It may wait long for its turn or a connection, and another user may sign in meanwhile.
    const user = this.#user();
    const write = await given;
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
      const answer = await this.#request(session.socket, write, key);
      const isLate = performance.now() >= deadline;
      if (answer instanceof ClientError) throw inDoubt ? unknownOutcome(answer) : answer;
      if (answer === undefined) {
        inDoubt = true;
        if (isLate) throw unknownOutcome();
      } else if (answer.type === 'written') {
        return resultOf(answer.result);
      } else {
        const { code } = answer.error;
        inDoubt ||= code === 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN';
        if (isLate || !isTransient(answer.error))
          throw inDoubt && isTransient(answer.error) ? unknownOutcome() : gatewayError(answer.error);
        await pause((answer.error.retryInMs ?? PAUSE_MS) * (0.5 + Math.random()));
      }
    }
  }

  /**
   * Sends the write and waits for the answer. Resolves with undefined if the socket ends first, and with an error if it
   * ends because of this frame.
   */
  async #request(socket: Session['socket'], write: WireWrite, key: string): Promise<Answer | ClientError | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer | ClientError | undefined>();
    const timer = setTimeout(() => socket.drop(new Error('A write was not answered.')), ANSWER_MS);
    this.#answers.set(id, resolve);
    const frame = frameOf(id, write, key);
    // A frame that is too large is not read, so its write was not made.
    void socket.ended.then((end) => resolve(end.kind === 'too-large' && end.frame === frame ? end.error : undefined));
    socket.send(frame);
    const answer = await promise;
    clearTimeout(timer);
    this.#answers.delete(id);
    return answer;
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

/** Whether a retry may succeed after this error. */
function isTransient({ code }: WireErrorBody): boolean {
  return ['SPOOKY_GATEWAY_BUSY', 'SPOOKY_GATEWAY_DATABASE_AWAY', 'SPOOKY_GATEWAY_OUTCOME_UNKNOWN'].includes(code);
}

function frameOf(id: number, write: WireWrite, key: string): ClientFrame {
  return { type: 'write', id, write, key };
}

function checkSize(write: WireWrite): void {
  const bytes = new TextEncoder().encode(JSON.stringify(frameOf(Number.MAX_SAFE_INTEGER, write, randomKey()))).length;
  if (bytes <= FRAME_MAX_BYTES) return;
  throw new ClientError(
    'SPOOKY_CLIENT_TOO_LARGE',
    `This write has ${bytes} bytes; at most ${FRAME_MAX_BYTES} are allowed. Nothing was sent. Write less at once, or store large texts elsewhere.`,
  );
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
