import { createSignal, Show } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Problem } from '../form/problem.tsx';
import { FailureHistory } from './failure-history.tsx';
import { JobStatus } from './job-status.tsx';
import { isUnderWay, type JobFacts, type JobView, jobFailures, jobView } from './job-view.ts';

/** The button which starts a job on a thread, and everything that is to be said about the latest one. */
export function SpookifyButton(props: {
  job: (JobFacts & { id: { toString(): string } }) | undefined;
  /** A suggestion of an earlier run, or of this one, waits to be read. */
  hasSuggestion: boolean;
  onSpookify: () => Promise<unknown>;
  onRequest: (request: 'retry' | 'cancel') => Promise<unknown>;
}) {
  const latest = () => props.job?.id.toString() ?? 'none';
  // From the press until its job is seen here: it already waits, and a second press would make a second one.
  const [pressedOver, setPressedOver] = createSignal<string>();
  const sending = () => pressedOver() === latest();
  const view = (): JobView =>
    sending() ? { kind: 'waiting', asked: undefined, dueAt: undefined } : jobView(props.job);
  const start = createAction(async () => {
    setPressedOver(latest());
    try {
      await props.onSpookify();
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
  /** These buttons go when they have worked; the focus moves to the one that stays. */
  const ask = (what: 'retry' | 'cancel') => {
    main?.focus();
    void request.run(what);
  };

  return (
    <div>
      <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
        {/* One button with two names, so that the focus stays on it when its job fails or begins anew. */}
        <Button
          ref={main}
          look="glow"
          busy={failed() && (request.busy() || asked() === 'retry')}
          inert={isUnderWay(view())}
          onClick={() => void (failed() ? request.run('retry') : start.run())}
        >
          {failed() ? 'Retry' : 'Spookify'}
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
      <JobStatus view={view()} status={sending() ? 'pending' : props.job?.status} hasSuggestion={props.hasSuggestion} />
      <Problem text={start.error() ?? request.error()} class="mt-3" />
      <FailureHistory failures={props.job === undefined ? [] : jobFailures(props.job)} />
    </div>
  );
}
