import { since } from './span.ts';

/** What is known of a job when somebody asks why it stands where it stands. Times are in milliseconds. */
export interface JobFacts {
  readonly status: string;
  readonly request?: string | undefined;
  readonly retries: number;
  readonly maxRetries: number;
  /** Until it is due; negative when it has been. */
  readonly dueInMs: number;
  /** Until its lease ends; undefined without one. */
  readonly leaseMs?: number | undefined;
  readonly runner?: string | undefined;
  readonly lastError?: { readonly code: string; readonly reason: string } | undefined;
  /** Jobs of its table that run, and those that are due before it; both counted up to a bound. */
  readonly running: number;
  readonly ahead: number;
}

export interface Why {
  readonly code:
    | 'due_later'
    | 'backoff'
    | 'queued'
    | 'unclaimed'
    | 'running'
    | 'lease_lapsed'
    | 'cancel_requested'
    | 'retry_requested'
    | 'succeeded'
    | 'failed'
    | 'unknown_status';
  readonly text: string;
}

/** Runners look every second; who has been due for longer than this is not just about to be claimed. */
const SOON_MS = 5_000;

/** Says why a job waits, what it waits for, and what to do if that never comes. Pure. */
export function whyOf(facts: JobFacts): Why {
  const { status, request } = facts;
  if (request === 'cancel' && (status === 'pending' || status === 'processing')) {
    return {
      code: 'cancel_requested',
      text: `It is to be cancelled; no runner has done so yet${withoutRunner(facts)}.`,
    };
  }
  if (request === 'retry' && (status === 'pending' || status === 'failed')) {
    return {
      code: 'retry_requested',
      text: `It is to be run again; no runner has seen that yet${withoutRunner(facts)}.`,
    };
  }
  switch (status) {
    case 'pending':
      return pending(facts);
    case 'processing':
      return processing(facts);
    case 'success':
      return { code: 'succeeded', text: `It ended ${since(-facts.dueInMs)} ago.` };
    case 'failed': {
      const reason = facts.lastError === undefined ? '' : `, ${facts.lastError.code}: ${facts.lastError.reason}`;
      return { code: 'failed', text: `It has failed for good ${since(-facts.dueInMs)} ago${reason}` };
    }
    default:
      return { code: 'unknown_status', text: 'No runner knows this status; repair the row.' };
  }
}

function pending(facts: JobFacts): Why {
  const { dueInMs, retries, maxRetries, lastError, running, ahead } = facts;
  if (dueInMs > 0) {
    if (retries === 0) return { code: 'due_later', text: `It is due in ${since(dueInMs)}.` };
    const after = lastError === undefined ? '' : ` after ${lastError.code}`;
    return { code: 'backoff', text: `Retry ${retries} of ${maxRetries}${after}: it is due in ${since(dueInMs)}.` };
  }
  const queue = ahead === 0 ? 'It is the next' : `${ahead} are due before it`;
  if (running === 0 && -dueInMs > SOON_MS) {
    const text = `It has been due for ${since(-dueInMs)}, and no runner works on its table: start one with spooky runner.`;
    return { code: 'unclaimed', text };
  }
  return { code: 'queued', text: `It has been due for ${since(-dueInMs)}. ${queue}; ${running} run.` };
}

function processing({ runner, leaseMs }: JobFacts): Why {
  const holder = runner === undefined ? 'a runner' : `runner ${runner}`;
  if (leaseMs !== undefined && leaseMs > 0) {
    return {
      code: 'running',
      text: `${holder} works on it; its lease ends in ${since(leaseMs)} unless it is renewed.`,
    };
  }
  const lapsed = leaseMs === undefined ? 'has no lease' : `has not renewed its lease for ${since(-leaseMs)}`;
  return {
    code: 'lease_lapsed',
    text: `${holder} held it, but ${lapsed}: the next runner that looks makes it due again.`,
  };
}

function withoutRunner({ running }: JobFacts): string {
  return running === 0 ? ' (none works on its table: is a spooky runner up?)' : '';
}
