import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Problem } from '../form/problem.tsx';
import { useNow } from '../shell/clock.ts';
import { When } from '../shell/when.tsx';
import {
  isUnderWay,
  type JobFacts,
  type JobFailure,
  type JobView,
  jobFailures,
  jobView,
  secondsUntil,
} from './job-view.ts';

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
  const view = (): JobView => (sending() ? { kind: 'waiting', asked: undefined } : jobView(props.job));
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

/** The words for a job. It keeps its room when it has none, and is in the page before, so that changes are read out. */
function JobStatus(props: { view: JobView; status: JobFacts['status'] | undefined; hasSuggestion: boolean }) {
  const failing = () => props.view.kind === 'failed' || props.view.kind === 'retrying';
  return (
    <div class="mt-4 min-h-14">
      <div class="flex items-start gap-3">
        <span class={`mt-2 size-2 shrink-0 rounded-full ${lights[props.view.kind]}`} aria-hidden="true" />
        <div
          role="status"
          aria-label="Job status"
          data-job-status={props.status}
          class={`min-w-0 wrap-anywhere ${failing() ? 'text-lamp' : 'text-paper'}`}
        >
          {statusText(props.view, props.hasSuggestion)}
        </div>
      </div>
      <Show when={props.view.kind === 'retrying' ? props.view : undefined}>
        {(view) => (
          <p class="ml-5 text-[0.9375rem] text-dust">
            <Show when={view().asked} fallback={<Countdown dueAt={view().dueAt} />}>
              {(what) => (what() === 'cancel' ? 'Cancelling…' : 'Trying now…')}
            </Show>
          </p>
        )}
      </Show>
    </div>
  );
}

const lights: Record<JobView['kind'], string> = {
  idle: 'bg-rule',
  waiting: 'bg-phosphor animate-breathe',
  running: 'bg-phosphor animate-breathe',
  retrying: 'bg-lamp animate-breathe',
  done: 'bg-phosphor',
  cancelled: 'bg-rule',
  failed: 'bg-ember',
};

function statusText(view: JobView, hasSuggestion: boolean): string {
  switch (view.kind) {
    case 'idle':
      return 'The ghost has not read this yet. Only you see what it suggests, and nothing changes until you accept it.';
    case 'waiting':
      return view.asked === 'cancel' ? 'In the outbox. Cancelling…' : 'In the outbox.';
    case 'running': {
      const attempt = view.attempt > 1 ? ` Attempt ${view.attempt} of ${view.of}.` : '';
      return view.asked === 'cancel' ? 'Running. Cancelling…' : `Running: the ghost is writing.${attempt}`;
    }
    case 'retrying':
      return `Attempt ${view.failure.attempt} of ${view.of} failed: ${view.failure.reason}`;
    case 'done':
      return hasSuggestion ? 'Done. Here is what the ghost made of it.' : 'Done. Ask again for another version.';
    case 'cancelled':
      return 'Cancelled.';
    case 'failed': {
      if (view.asked === 'retry') return 'Asked to try again…';
      const attempts = view.attempts === 1 ? 'the first attempt' : `${view.attempts} attempts`;
      return `Failed after ${attempts}: ${view.failure?.reason ?? 'no reason was recorded.'}`;
    }
  }
}

/** Beside the status and not in it: read out every second it would drown everything else. */
function Countdown(props: { dueAt: Date }) {
  const now = useNow(250);
  const seconds = () => secondsUntil(props.dueAt, now());
  return (
    <span role="timer" class="tabular-nums">
      <Switch fallback={`Next try in ${seconds()} s`}>
        <Match when={seconds() === 0}>Next try now</Match>
      </Switch>
    </span>
  );
}

function FailureHistory(props: { failures: JobFailure[] }) {
  return (
    <Show when={props.failures.length > 0}>
      <details class="mt-3 text-[0.9375rem]">
        <summary class="w-fit text-dust hover:text-paper">
          {props.failures.length === 1 ? '1 failed attempt' : `${props.failures.length} failed attempts`}
        </summary>
        <ol class="mt-2 space-y-2 border-l border-rule pl-4">
          <For each={props.failures.toReversed()}>
            {(failure) => (
              <li class="wrap-anywhere">
                <p>{failure.reason}</p>
                <p class="text-sm text-dust">
                  Attempt {failure.attempt} · <code>{failure.code}</code>
                  <Show when={failure.at}>
                    {(at) => (
                      <>
                        {' '}
                        · <When date={at()} />
                      </>
                    )}
                  </Show>
                </p>
              </li>
            )}
          </For>
        </ol>
      </details>
    </Show>
  );
}
