import { Show } from 'solid-js';
import { Countdown } from './countdown.tsx';
import type { JobFacts, JobProgress, JobView } from './job-view.ts';
import { failureText, isPassing, type JobWords } from './job-words.ts';

/**
 * The status of a job in words. The element always exists and keeps its space, so that screen readers announce its changes.
 */
export function JobStatus(props: { view: JobView; status: JobFacts['status'] | undefined; words: JobWords }) {
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
          {statusText(props.view, props.words)}
        </div>
      </div>
      <Show when={props.view.kind === 'running' ? props.view.progress : undefined}>
        {(progress) => <ProgressLine progress={progress()} />}
      </Show>
      {/* Outside the status element: announcing a countdown every second would drown out everything else. */}
      <Show when={props.view.kind === 'waiting' && props.view.asked === undefined ? props.view.dueAt : undefined}>
        {(dueAt) => (
          <p class="ml-5 text-[0.9375rem] text-dust">
            <Countdown what="Starts" dueAt={dueAt()} />
          </p>
        )}
      </Show>
      <Show when={props.view.kind === 'retrying' ? props.view : undefined}>
        {(view) => (
          <p class="ml-5 text-[0.9375rem] text-dust">
            <Show when={view().asked} fallback={<Countdown what="Next attempt" dueAt={view().dueAt} />}>
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

function statusText(view: JobView, words: JobWords): string {
  switch (view.kind) {
    case 'idle':
      return words.idle;
    case 'waiting':
      return view.asked === 'cancel' ? 'Waiting in the outbox. Cancelling…' : 'Waiting in the outbox.';
    case 'running':
      if (view.asked === 'cancel') return 'Running. Cancelling…';
      return view.attempt > 1 ? `${words.running} Attempt ${view.attempt} of ${view.of}.` : words.running;
    case 'retrying':
      return `Attempt ${view.failure.attempt} of ${view.of} failed. ${failureText(view.failure, words)}`;
    case 'done':
      return words.done;
    case 'cancelled':
      return `Cancelled. Press ${words.start} to start again.`;
    case 'failed': {
      if (view.asked === 'retry') return 'Starting again…';
      const attempts = view.attempts === 1 ? 'the first attempt' : `${view.attempts} attempts`;
      if (view.failure === undefined) return `Failed after ${attempts}.`;
      const remedy = isPassing(view.failure) ? ' Press Retry to start again.' : '';
      return `Failed after ${attempts}. ${failureText(view.failure, words)}${remedy}`;
    }
  }
}

/** Outside the status element: a screen reader can find it, but is not interrupted by every step. */
function ProgressLine(props: { progress: JobProgress }) {
  const percent = () => (props.progress.value === undefined ? undefined : Math.round(props.progress.value * 100));
  return (
    <div class="ml-5 text-[0.9375rem] text-dust">
      <Show when={props.progress.note}>{(note) => <p class="wrap-anywhere">{note()}…</p>}</Show>
      <Show when={percent() !== undefined}>
        <div
          role="progressbar"
          aria-label="Job progress"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent()}
          aria-valuetext={props.progress.note}
          class="mt-1 h-0.5 overflow-hidden rounded-full bg-rule"
        >
          <div class="h-full bg-phosphor transition-[width] duration-300" style={{ width: `${percent()}%` }} />
        </div>
      </Show>
    </div>
  );
}
