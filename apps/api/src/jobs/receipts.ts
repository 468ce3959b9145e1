import { isAlreadyExists } from '@spookify/surreal-link';
import { RecordId, ThrownError } from 'surrealdb';
import type { Database } from '../database.ts';
import { ApiError } from '../errors.ts';
import type { JobRequest } from './job-request.ts';

/** The answer of a job: a JSON object, which becomes the job's `result`. */
export type Answer = Readonly<Record<string, unknown>>;

/**
 * The answers by idempotency key. A receipt is written in the transaction of the job's effect, so a job that is delivered
 * twice has one effect and gets one answer (docs/decisions/0004).
 */
export interface Receipts {
  /**
   * Returns the answer to an earlier delivery of this job, or undefined.
   *
   * @throws ApiError SPOOKY_API_KEY_REUSED if its key was used for other work
   */
  find(request: JobRequest): Promise<Answer | undefined>;
  /**
   * Runs the statements of the job's effect and writes the receipt: both or neither. Returns the answer. If another
   * delivery was faster, runs nothing and returns the answer of that delivery.
   *
   * @param effect may `THROW 'reason'`, which undoes all of it. `$job_receipt`, `$job_request` and `$job_answer` are
   * reserved
   * @throws EffectRefused with the reason that the statements threw; ApiError as `find`
   */
  commit<Given extends Answer>(
    request: JobRequest,
    effect: string,
    bindings: Readonly<Record<string, unknown>>,
    answer: Given,
  ): Promise<Given>;
}

/** The statements of an effect threw, so nothing was written. */
export class EffectRefused extends Error {
  override readonly name = 'EffectRefused';
  /** The thrown value. */
  readonly reason: string;

  constructor(cause: ThrownError) {
    const reason = cause.message.replace(/^An error occurred: /, '');
    super(`the effect was refused: ${reason}`, { cause });
    this.reason = reason;
  }
}

interface Receipt {
  readonly answer: Answer;
  /** Undefined in a receipt that an earlier version of this backend wrote. */
  readonly request?: string;
}

// Read by record id, so no index is needed.
const FIND = 'SELECT answer, request FROM ONLY $receipt';

/** One block is one transaction. */
const commitStatement = (effect: string): string => `{
  LET $earlier = (SELECT answer, request FROM ONLY $job_receipt);
  IF $earlier != NONE { RETURN { earlier: $earlier } };
  ${effect};
  CREATE ONLY $job_receipt SET answer = $job_answer, request = $job_request RETURN NONE;
  RETURN {};
};`;

/** The largest number of attempts. If the receipt turns out to exist, the next attempt finds it. */
const ATTEMPTS = 5;

export function createReceipts(database: Pick<Database, 'query'>): Receipts {
  return {
    async find(request) {
      const [receipt] = await database.query<[Receipt | undefined]>(FIND, { receipt: receiptId(request) });
      return receipt && answerOf(receipt, request);
    },

    async commit<Given extends Answer>(
      request: JobRequest,
      effect: string,
      bindings: Readonly<Record<string, unknown>>,
      answer: Given,
    ): Promise<Given> {
      const all = {
        ...bindings,
        ...{ job_receipt: receiptId(request), job_request: request.fingerprint, job_answer: answer },
      };
      for (let attempt = 1; ; attempt++) {
        try {
          const [{ earlier }] = await database.query<[{ earlier?: Receipt }]>(commitStatement(effect), all);
          return earlier === undefined ? answer : (answerOf(earlier, request) as Given);
        } catch (error) {
          if (error instanceof ThrownError) throw new EffectRefused(error);
          // Another delivery wrote its receipt at the same moment. This one wrote nothing, so it looks again.
          if (attempt === ATTEMPTS || !isAlreadyExists(error)) throw error;
        }
      }
    },
  };
}

function answerOf({ answer, request: made }: Receipt, { fingerprint }: JobRequest): Answer {
  if (made !== undefined && made !== fingerprint) throw new ApiError('SPOOKY_API_KEY_REUSED');
  return answer;
}

function receiptId({ key }: JobRequest): RecordId<'receipt', string> {
  return new RecordId('receipt', key);
}
