import type { RecordId } from '@spookify/client';
import { createSignal, For, Show } from 'solid-js';
import { db } from '../db.ts';
import { JobPanel } from '../job/job-panel.tsx';
import { type JobFacts, type JobView, jobView } from '../job/job-view.ts';
import type { JobWords } from '../job/job-words.ts';
import { Ghost, type GhostMood } from '../shell/ghost.tsx';
import { type Part, Suggestion, WrittenBy } from './suggestion.tsx';

export interface ThreadSuggestion {
  id: RecordId<'suggestion'>;
  title?: string | undefined;
  content?: string | undefined;
  written_by: string;
}

/** The author's panel on a thread's page: starts the ghost, shows its progress, and accepts or dismisses its suggestion. */
export function SuggestionPanel(props: {
  thread: { id: RecordId<'thread'> } & Readonly<Record<Part, string>>;
  suggestion: ThreadSuggestion | undefined;
  job: (JobFacts & { id: RecordId<'job'> }) | undefined;
  /** Called when a suggestion was settled and its buttons are about to disappear: move the focus to another element. */
  onSettled: () => void;
}) {
  const [announcement, announce] = createSignal('');
  const settleNow = async (suggestion: RecordId<'suggestion'>, part: Part, accepted: string | undefined) => {
    // The thread first: if the second write fails, the suggestion still exists and can be settled again. An edit that this
    // page has not shown is not overwritten: the write is then refused with a conflict.
    if (accepted !== undefined) {
      const { id, [part]: seen } = props.thread;
      await db.update(id, { [part]: accepted }, { base: { [part]: seen }, optimistic: false });
    }
    const left = await db.update(suggestion, { [part]: undefined }, { optimistic: false });
    // The row is deleted with its last part, even if another tab has settled the other one. Null: it is gone already.
    if (left !== null && left.title === undefined && left.content === undefined) await db.delete(suggestion);
    announce(`${part === 'title' ? 'Title' : 'Text'} ${accepted === undefined ? 'dismissed' : 'accepted'}.`);
    props.onSettled();
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other, because the last part deletes the suggestion. */
  const settle = (...settlement: Parameters<typeof settleNow>) => {
    const mine = last.then(() => settleNow(...settlement));
    last = mine.catch(() => undefined);
    return mine;
  };
  return (
    <aside
      aria-label="The ghost"
      class="relative self-start lg:row-span-2 rounded-panel bg-desk px-5 pt-8 pb-6 sm:px-7"
    >
      <Ghost mood={mood(jobView(props.job))} class="absolute right-7 bottom-full -mb-3 w-11 text-phosphor" />
      <JobPanel
        job={props.job}
        words={wordsOf(props.suggestion !== undefined)}
        onStart={() => {
          const { id } = props.thread;
          // Writing is safe to repeat, so it is retried for half a minute: long enough for a backend to restart.
          const patience = { max_retries: 5, retry_strategy: 'exponential' } as const;
          // One at a time: a second press, even in another tab that has not seen the first, returns the same job.
          return db.run('api', '/spookify', { id }, { assignedTo: id, uniqueKey: String(id), ...patience });
        }}
        onRequest={async (request) => {
          if (props.job !== undefined) await db[request](props.job.id);
        }}
      />
      <Show when={props.suggestion}>
        {(suggestion) => (
          <>
            <For each={PARTS}>
              {(part) => (
                <Show when={suggestion()[part]}>
                  {(text) => (
                    <div class="mt-6 border-t border-rule pt-5">
                      <Suggestion
                        part={part}
                        text={text()}
                        onAccept={() => settle(suggestion().id, part, text())}
                        onDismiss={() => settle(suggestion().id, part, undefined)}
                      />
                    </div>
                  )}
                </Show>
              )}
            </For>
            <div class="mt-6">
              <WrittenBy writer={suggestion().written_by} />
            </div>
          </>
        )}
      </Show>
      <p class="sr-only" aria-live="polite">
        {announcement()}
      </p>
    </aside>
  );
}

const PARTS = ['title', 'content'] as const;

function wordsOf(hasSuggestion: boolean): JobWords {
  return {
    start: 'Spookify',
    idle: 'The ghost has not read this yet. Only you will see its suggestion, and nothing changes until you accept it.',
    running: 'Running: the ghost is writing.',
    done: hasSuggestion ? 'Done. Here is the ghost’s suggestion.' : 'Done. For another version, press Spookify.',
    failures: FAILURES,
  };
}

/** The texts by the statuses of apps/api. openapi.yaml says what each of them means. */
const FAILURES = {
  http_403: 'Only the author of a thread can have it rewritten.',
  http_404: 'This thread no longer exists.',
  http_409: 'The thread was edited while the ghost was writing.',
  http_413: 'This thread is too long for the ghost. Shorten it, then press Retry.',
  http_422: 'The ghost declined to rewrite this text. Edit the thread, then press Retry.',
  http_424:
    'The AI service rejects the key, the account or the settings of this site. The operator of the site must correct them.',
  http_502: 'The AI returned an unusable answer.',
  http_503: 'The ghost is busy, or a service that it needs is unreachable.',
  backend_unreachable: 'The ghost is unreachable at the moment.',
  backend_timeout: 'The ghost took too long.',
};

function mood(view: JobView): GhostMood {
  switch (view.kind) {
    case 'idle':
    case 'cancelled':
      return 'asleep';
    case 'waiting':
    case 'done':
      return 'awake';
    case 'running':
      return 'writing';
    case 'retrying':
    case 'failed':
      return 'troubled';
  }
}
