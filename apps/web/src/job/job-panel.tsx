import { createEffect, createSignal, Show } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Problem } from '../form/problem.tsx';
import { FailureHistory } from './failure-history.tsx';
import { JobStatus } from './job-status.tsx';
import { failedAttempts, isUnderWay, type JobFacts, type JobView, jobView } from './job-view.ts';
import type { JobWords } from './job-words.ts';

/**
 * Everything that a page shows about one route's jobs on a record: the button that starts a job, the status and progress of
 * the latest one, why an attempt failed and when the next one starts, and the buttons to cancel, retry and try now. It
 * depends on no table, route or record: a page for another route passes other words and callbacks. It reads only its props,
 * so it follows the live row.
 */
export function JobPanel(props: {
  /** The latest job of the record, from `.related('jobs', …)`; undefined if there is none. */
  job: (JobFacts & { id: { toString(): string } }) | undefined;
  /** The texts for the jobs of this route. */
  words: JobWords;
  /**
   * Starts a job by `db.run`, which shows it at once. Set a `uniqueKey`, so that two tabs start only one. A rejection is
   * shown beside the button.
   */
  onStart: () => Promise<unknown>;
  /** Asks the runner by `db.retry(job.id)` or `db.cancel(job.id)`. A rejection is shown beside the button. */
  onRequest: (request: 'retry' | 'cancel') => Promise<unknown>;
}) {
  const latest = () => props.job?.id.toString() ?? 'none';
  // From the press until the job appears here: it is already waiting, and a second press would create a second one.
  const [pressedOver, setPressedOver] = createSignal<string>();
  const sending = () => pressedOver() === latest();
  // If the job is refused later and disappears, it does not wait any more.
  createEffect(() => {
    if (!sending()) setPressedOver(undefined);
  });
  const view = (): JobView =>
    sending() ? { kind: 'waiting', asked: undefined, dueAt: undefined } : jobView(props.job);
  const start = createAction(async () => {
    setPressedOver(latest());
    try {
      await props.onStart();
    } catch (error) {
      setPressedOver(undefined);
      throw error;
    }
  });
  const request = createAction((what: 'retry' | 'cancel') => props.onRequest(what));
  const failed = () => view().kind === 'failed';
  const asked = () => {
    const now = view();
    return 'asked' in now ? now.asked : undefined;
  };

  let main: HTMLButtonElement | undefined;
  /** These buttons disappear after they succeed, so the focus moves to the one that stays. */
  const ask = (what: 'retry' | 'cancel') => {
    main?.focus();
    void request.run(what);
  };

  return (
    <div>
      <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
        {/* One button with two labels, so that it keeps the focus when its job fails or starts again. */}
        <Button
          ref={main}
          look="glow"
          busy={failed() && (request.busy() || asked() === 'retry')}
          inert={isUnderWay(view())}
          onClick={() => void (failed() ? request.run('retry') : start.run())}
        >
          {failed() ? 'Retry' : props.words.start}
        </Button>
        <Show when={view().kind === 'retrying'}>
          <Button inert={asked() !== undefined || request.busy()} onClick={() => ask('retry')}>
            Try now
          </Button>
        </Show>
        <Show when={isUnderWay(view()) && !failed() && !sending()}>
          <Button look="quiet" inert={asked() === 'cancel' || request.busy()} onClick={() => ask('cancel')}>
            Cancel job
          </Button>
        </Show>
      </div>
      <JobStatus view={view()} status={sending() ? 'pending' : props.job?.status} words={props.words} />
      <Problem explanation={start.error() ?? request.error()} class="mt-3" />
      <FailureHistory failures={props.job === undefined ? [] : failedAttempts(props.job)} />
    </div>
  );
}
