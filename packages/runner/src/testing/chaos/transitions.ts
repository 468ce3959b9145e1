import type { Version } from './evidence.ts';

/** What a write did to a job. */
export type Step =
  /** It shows as `processing` from now on. */
  | 'marked'
  | 'success'
  | 'failed'
  | 'retried'
  /** Its runner was lost, and it is due again. */
  | 'recovered'
  /** Its runner was lost once too often, and it has failed. */
  | 'lost'
  /** Pending again, at no cost. */
  | 'released'
  /** Its owner wants a failed job again. */
  | 'rerun'
  /** Something else, such as a request. */
  | 'other';

export interface Transition {
  readonly step: Step;
  readonly before: Version;
  readonly after: Version;
}

/** What each write to a job did, but for its insert. */
export function transitionsOf(history: readonly Version[]): Transition[] {
  return history.slice(1).map((after, index) => {
    const before = history[index] ?? after;
    return { step: stepOf(before, after), before, after };
  });
}

function stepOf(before: Version, after: Version): Step {
  if (after.reruns !== before.reruns) return 'rerun';
  if (after.rescues > before.rescues) return after.status === 'failed' ? 'lost' : 'recovered';
  if (after.retries > before.retries) return 'retried';
  if (after.status === before.status) return 'other';
  if (after.status === 'success' || after.status === 'failed') return after.status;
  if (after.status === 'processing') return 'marked';
  return before.status === 'processing' ? 'released' : 'other';
}

/** Whether it ends an attempt: a row takes one outcome for each. */
export function isOutcome({ step }: Transition): boolean {
  return step === 'success' || step === 'failed' || step === 'retried';
}

/** Whether the runner that worked on the job has nothing to do with it from then on. */
export function endsWork(step: Step): boolean {
  return step !== 'marked' && step !== 'other';
}
