import type { Version } from './evidence.ts';

/** What a write did to a job. */
export type Step =
  /** Its status is `processing` from now on. */
  | 'marked'
  | 'success'
  | 'failed'
  | 'retried'
  /** Its runner was lost, and it is due again. */
  | 'recovered'
  /** It has lost too many runners, and has failed. */
  | 'lost'
  /** Pending again, without costing a retry. */
  | 'released'
  /** Its owner requested a rerun of a failed job. */
  | 'rerun'
  /** Something else, such as a request. */
  | 'other';

export interface Transition {
  readonly step: Step;
  readonly before: Version;
  readonly after: Version;
}

/** What each write to a job did, except its insert. */
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

/** Whether it ends an attempt: a row accepts one outcome for each attempt. */
export function isOutcome({ step }: Transition): boolean {
  return step === 'success' || step === 'failed' || step === 'retried';
}

/** Whether the runner that worked on the job is done with it. */
export function endsWork(step: Step): boolean {
  return step !== 'marked' && step !== 'other';
}
