import type { RunnerLife } from './runners.ts';
import { since } from './span.ts';

/** A runner that has to do with a job. */
export interface JobRunner {
  readonly id: string;
  readonly life: RunnerLife;
}

/** What is known of a job when somebody asks why it stands where it stands. Times are in milliseconds. */
export interface JobFacts {
  readonly status: string;
  readonly request?: string | undefined;
  readonly retries: number;
  readonly maxRetries: number;
  /** Until it is due; negative when it has been. */
  readonly dueInMs: number;
  /** The owner of its partition. */
  readonly owner?: JobRunner | undefined;
  /** Of a job that is `processing`: the runner that its row names. */
  readonly runner?: JobRunner | undefined;
  readonly lastError?: { readonly code: string; readonly reason: string } | undefined;
  /** Jobs of its table that are `processing`, and those of its partition that are due before it; both counted up to a bound. */
  readonly running: number;
  readonly ahead: number;
}

export interface Why {
  readonly code:
    | 'due_later'
    | 'backoff'
    | 'queued'
    | 'no_owner'
    | 'owner_gone'
    | 'running'
    | 'runner_gone'
    | 'cancel_requested'
    | 'retry_requested'
    | 'succeeded'
    | 'failed'
    | 'unknown_status';
  readonly text: string;
}

/** Says why a job waits, what it waits for, and what to do if that never comes. Pure. */
export function whyOf(facts: JobFacts): Why {
  const { status, request } = facts;
  if (request === 'cancel' && (status === 'pending' || status === 'processing')) {
    return { code: 'cancel_requested', text: `It is to be cancelled; no runner has done so yet. ${ownerText(facts)}` };
  }
  if (request === 'retry' && (status === 'pending' || status === 'failed')) {
    return { code: 'retry_requested', text: `It is to be run again; no runner has seen that yet. ${ownerText(facts)}` };
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
  const { dueInMs, retries, maxRetries, lastError, owner, running, ahead } = facts;
  if (dueInMs > 0) {
    if (retries === 0) return { code: 'due_later', text: `It is due in ${since(dueInMs)}.` };
    const after = lastError === undefined ? '' : ` after ${lastError.code}`;
    return { code: 'backoff', text: `Retry ${retries} of ${maxRetries}${after}: it is due in ${since(dueInMs)}.` };
  }
  const due = `It has been due for ${since(-dueInMs)}`;
  if (owner === undefined) return { code: 'no_owner', text: `${due}. ${ownerText(facts)}` };
  if (owner.life !== 'alive') return { code: 'owner_gone', text: `${due}. ${ownerText(facts)}` };
  const queue = ahead === 0 ? 'It is the next of its partition' : `${ahead} of its partition are due before it`;
  return { code: 'queued', text: `${due}. ${queue}; ${running} of its table run. ${ownerText(facts)}` };
}

function processing({ runner }: JobFacts): Why {
  if (runner?.life === 'alive') return { code: 'running', text: `Runner ${runner.id} works on it, and is alive.` };
  const lost =
    runner === undefined
      ? 'Its row names no runner'
      : `Runner ${runner.id} worked on it, and ${runner.life === 'gone' ? 'is gone' : 'gives no sign of life'}`;
  return {
    code: 'runner_gone',
    text: `${lost}: the owner of its partition makes it due again. If no runner is up, start one with spooky runner.`,
  };
}

/** Who works on its partition, as a sentence with what to do if the answer is no living runner. */
function ownerText({ owner }: JobFacts): string {
  if (owner === undefined) return 'No runner owns its partition: start one with spooky runner.';
  switch (owner.life) {
    case 'alive':
      return `Runner ${owner.id} owns its partition, and is alive.`;
    case 'silent':
      return `Runner ${owner.id} owns its partition, but gives no sign of life. Another runner takes it over after 10 s: if none is up, start one with spooky runner.`;
    case 'gone':
      return `Runner ${owner.id} owns its partition, but is gone. Another runner takes it over: if none is up, start one with spooky runner.`;
  }
}
