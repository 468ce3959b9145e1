import { Show } from 'solid-js';
import { Countdown } from './countdown.tsx';
import type { JobFacts, JobProgress, JobView } from './job-view.ts';

/** The words for a job. It keeps its room when it has none, and is in the page before, so that changes are read out. */
export function JobStatus(props: { view: JobView; status: JobFacts['status'] | undefined; hasSuggestion: boolean }) {
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
      <Show when={props.view.kind === 'running' ? props.view.progress : undefined}>
        {(progress) => <ProgressLine progress={progress()} />}
      </Show>
      {/* Beside the status and not in it: a countdown that is read out every second would drown everything else. */}
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
            <Show when={view().asked} fallback={<Countdown what="Next try" dueAt={view().dueAt} />}>
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

/** Beside the status and not in it: a screen reader finds it, and is not interrupted by every step. */
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
