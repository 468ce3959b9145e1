import { formatDuration } from './duration.ts';
import type { RunnerLife } from './runners.ts';

/** A runner that owns the partition of a job, or runs the job. */
export interface JobRunner {
  readonly id: string;
  readonly life: RunnerLife;
}

/** The facts that explain the state of a job. Times are in milliseconds. */
export interface JobFacts {
  readonly status: string;
  readonly request?: string | undefined;
  readonly retries: number;
  readonly maxRetries: number;
  /** The time until the job is due. Negative if it is due already. */
  readonly dueInMs: number;
  /** The owner of the job's partition. */
  readonly owner?: JobRunner | undefined;
  /** The runner that the row names, if the job is `processing`. */
  readonly runner?: JobRunner | undefined;
  readonly lastError?: { readonly code: string; readonly reason: string } | undefined;
  /** The numbers of `processing` jobs of its table, and of jobs of its partition that are due before it. Both have a limit. */
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

/** Explains why a job waits, what it waits for, and what to do if that never happens. Pure. */
export function whyOf(facts: JobFacts): Why {
  const { status, request } = facts;
  if (request === 'cancel' && (status === 'pending' || status === 'processing')) {
    return {
      code: 'cancel_requested',
      text: `Its owner asked to cancel it, and no runner has acted on that yet. ${ownerText(facts)}`,
    };
  }
  if (request === 'retry' && (status === 'pending' || status === 'failed')) {
    return {
      code: 'retry_requested',
      text: `Its owner asked to retry it, and no runner has acted on that yet. ${ownerText(facts)}`,
    };
  }
  switch (status) {
    case 'pending':
      return pending(facts);
    case 'processing':
      return processing(facts);
    case 'success':
      return { code: 'succeeded', text: `It ended ${formatDuration(-facts.dueInMs)} ago.` };
    case 'failed': {
      const reason = facts.lastError === undefined ? '' : `, ${facts.lastError.code}: ${facts.lastError.reason}`;
      return { code: 'failed', text: `It failed ${formatDuration(-facts.dueInMs)} ago${reason}` };
    }
    default:
      return { code: 'unknown_status', text: 'This status does not exist; repair the row.' };
  }
}

function pending(facts: JobFacts): Why {
  const { dueInMs, retries, maxRetries, lastError, owner, running, ahead } = facts;
  if (dueInMs > 0) {
    if (retries === 0) return { code: 'due_later', text: `It is due in ${formatDuration(dueInMs)}.` };
    const after = lastError === undefined ? '' : ` after ${lastError.code}`;
    return {
      code: 'backoff',
      text: `Retry ${retries} of ${maxRetries}${after}: it is due in ${formatDuration(dueInMs)}.`,
    };
  }
  const due = `It has been due for ${formatDuration(-dueInMs)}`;
  if (owner === undefined) return { code: 'no_owner', text: `${due}. ${ownerText(facts)}` };
  if (owner.life !== 'alive') return { code: 'owner_gone', text: `${due}. ${ownerText(facts)}` };
  const queue =
    ahead === 0 ? 'It is the next job of its partition' : `Jobs of its partition that are due before it: ${ahead}`;
  return { code: 'queued', text: `${due}. ${queue}. Running jobs of its table: ${running}. ${ownerText(facts)}` };
}

function processing({ runner }: JobFacts): Why {
  if (runner?.life === 'alive') return { code: 'running', text: `Runner ${runner.id} is running it, and is alive.` };
  const lost =
    runner === undefined
      ? 'Its row names no runner'
      : `Runner ${runner.id} was running it, and ${runner.life === 'gone' ? 'is gone' : 'gives no sign of life'}`;
  return {
    code: 'runner_gone',
    text: `${lost}. The owner of its partition makes it due again. If no runner is alive, start one with spooky runner.`,
  };
}

/** A sentence about the owner of the partition, with a remedy if there is no living owner. */
function ownerText({ owner }: JobFacts): string {
  if (owner === undefined) return 'No runner owns its partition; start one with spooky runner.';
  switch (owner.life) {
    case 'alive':
      return `Runner ${owner.id} owns its partition, and is alive.`;
    case 'silent':
      return `Runner ${owner.id} owns its partition, but gives no sign of life. Another runner takes it over after 10 s. If there is none, start one with spooky runner.`;
    case 'gone':
      return `Runner ${owner.id} owns its partition, but is gone. Another runner takes it over. If there is none, start one with spooky runner.`;
  }
}
