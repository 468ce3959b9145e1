import { isConflict, LinkError, type SessionPool } from '@spookify/surreal-link';
import { isRecordKey } from '@spookify/surreal-link/values';
import { RecordId, ServerError, ThrownError } from 'surrealdb';
import { createAdmissionQueue } from '../concurrency/admission-queue.ts';
import { GatewayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { createFailureCounts } from './failure-counts.ts';
import type { Credentials } from './sign-in-request.ts';

const CONFLICT_ATTEMPTS = 5;

export type SignInKind = 'sign-in' | 'sign-up';

/**
 * Runs SIGNIN or SIGNUP of an access in a separate engine session and returns the user.
 *
 * @throws GatewayError SPOOKY_GATEWAY_INVALID_CREDENTIALS, _SIGN_UP_REFUSED, _BUSY or _DATABASE_AWAY
 */
export type SignIn = (kind: SignInKind, credentials: Credentials, address: string) => Promise<RecordId>;

/** @param pool for sign-ins only, so that a flood of them does not take sessions from writes */
export function createSignIn(pool: SessionPool, now: () => number = () => performance.now()): SignIn {
  const { signInsAtOnce, signInsWaiting, signInsWaitingPerAddress, signInWaitMs } = LIMITS.session;
  const failures = createFailureCounts(now);
  const queue = createAdmissionQueue({
    atOnce: signInsAtOnce,
    waiting: signInsWaiting,
    waitingPerAddress: signInsWaitingPerAddress,
    waitMs: signInWaitMs,
  });

  return async (kind, { access, variables }, address) => {
    const admit = (): void => {
      const pauseMs = kind === 'sign-in' ? failures.pauseMs(address, access, variables) : 0;
      if (pauseMs > 0) throw busy('Too many failed sign-ins to this account', pauseMs);
    };
    admit();
    const attempt = async (): Promise<unknown> => {
      const session = pool.session(() => ({ access, variables: { ...variables }, isNew: kind === 'sign-up' }));
      try {
        return await session.query('RETURN $auth.id');
      } finally {
        void session.close();
      }
    };
    const user = await queue.run(address, async () => {
      // Other sign-ins to the same account may have failed while this one waited.
      admit();
      try {
        return await retryConflicts(attempt);
      } catch (error) {
        const answer = answerOf(error) ?? refused(kind, error);
        if (answer.code === 'SPOOKY_GATEWAY_INVALID_CREDENTIALS') failures.failed(address, access, variables);
        throw answer;
      }
    });
    if (user === undefined) throw busy('Too many people are signing in', signInWaitMs / 2);
    // A token for an id of another form could name another user.
    if (!(user instanceof RecordId) || !isRecordKey(user.id)) throw refused(kind);
    return user;
  };
}

/** Two sign-ups at the same time may conflict in the database. Nothing was written then, so the work is repeated. */
async function retryConflicts<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let left = CONFLICT_ATTEMPTS; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 1 || !isConflict(error instanceof LinkError ? error.cause : error)) throw error;
    }
  }
}

function refused(kind: SignInKind, cause?: unknown): GatewayError {
  const thrown = cause instanceof LinkError ? cause.cause : cause;
  const reason = thrown instanceof ThrownError ? thrown.message.replace(/^An error occurred: /, '') : undefined;
  const details = { cause, ...(reason !== undefined && { reason: reason.slice(0, 200) }) };
  return kind === 'sign-in'
    ? new GatewayError('SPOOKY_GATEWAY_INVALID_CREDENTIALS', 'The name or the password is wrong.', details)
    : new GatewayError(
        'SPOOKY_GATEWAY_SIGN_UP_REFUSED',
        'The account was not created; change what was entered and try again.',
        details,
      );
}

/** The answer to an error that says nothing about the credentials; undefined for other errors. */
function answerOf(error: unknown): GatewayError | undefined {
  if (error instanceof LinkError && error.code === 'SPOOKY_LINK_SESSIONS_FULL') return busy('Too many sign-ins', 1_000);
  const isRefusal = error instanceof ServerError || (error instanceof LinkError && error.cause instanceof ServerError);
  if (!isRefusal) {
    const message = 'The database does not answer; try again in a moment.';
    return new GatewayError('SPOOKY_GATEWAY_DATABASE_AWAY', message, { cause: error });
  }
  const answer = error instanceof LinkError ? error.cause : error;
  const isThrottled = answer instanceof ServerError && /^too many attempts to sign in/i.test(answer.message);
  return isThrottled ? busy('Too many sign-ins', 10_000) : undefined;
}

function busy(what: string, retryInMs: number): GatewayError {
  const seconds = Math.ceil(retryInMs / 1_000);
  return new GatewayError('SPOOKY_GATEWAY_BUSY', `${what}; try again in ${seconds} s.`, {
    retryInMs: Math.ceil(retryInMs),
  });
}
