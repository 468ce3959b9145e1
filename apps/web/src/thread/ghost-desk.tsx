import type { RecordId } from '@spookify/client';
import { createSignal, Show } from 'solid-js';
import { db } from '../db.ts';
import { Ghost, type GhostMood } from '../shell/ghost.tsx';
import { type JobFacts, type JobView, jobView } from './job-view.ts';
import { settled } from './settled.ts';
import { SpookifyButton } from './spookify-button.tsx';
import { Suggestion, WrittenBy } from './suggestion.tsx';

export interface ThreadWithSuggestion {
  id: RecordId<'thread'>;
  title_suggestion?: string | undefined;
  content_suggestion?: string | undefined;
  suggested_by?: string | undefined;
}

/** The author's own corner of a thread's page: start the ghost, watch it, and take or leave what it suggests. */
export function GhostDesk(props: {
  thread: ThreadWithSuggestion;
  job: (JobFacts & { id: RecordId<'job'> }) | undefined;
  /** A suggestion was settled and its buttons are about to go: the focus needs another place. */
  onSettled: () => void;
}) {
  const [said, setSaid] = createSignal('');
  const settle = async (part: 'title' | 'text', accept: boolean) => {
    await db.update(props.thread.id, settled(props.thread, part, accept));
    setSaid(`${part === 'title' ? 'Title' : 'Text'} ${accept ? 'accepted' : 'dismissed'}.`);
    props.onSettled();
  };
  return (
    <aside
      aria-label="The ghost"
      class="relative self-start lg:row-span-2 rounded-panel bg-desk px-5 pt-8 pb-6 sm:px-7"
    >
      <Ghost mood={mood(jobView(props.job))} class="absolute right-7 bottom-full -mb-3 w-11 text-phosphor" />
      <SpookifyButton
        job={props.job}
        hasSuggestion={hasSuggestion(props.thread)}
        onSpookify={() => {
          const id = props.thread.id;
          // Writing is safe to repeat, so it may be tried for half a minute: long enough for a backend to restart.
          const patience = { max_retries: 5, retry_strategy: 'exponential' } as const;
          // One at a time: a second press, also in another tab that has not seen the first, gives the same job.
          return db.run('api', '/spookify', { id }, { assignedTo: id, uniqueKey: String(id), ...patience });
        }}
        onRequest={async (request) => {
          if (props.job !== undefined) await db.update(props.job.id, { request });
        }}
      />
      <Show when={props.thread.title_suggestion}>
        {(title) => (
          <div class="mt-6 border-t border-rule pt-5">
            <Suggestion
              part="title"
              text={title()}
              onAccept={() => settle('title', true)}
              onDismiss={() => settle('title', false)}
            />
          </div>
        )}
      </Show>
      <Show when={props.thread.content_suggestion}>
        {(content) => (
          <div class="mt-7 border-t border-rule pt-5">
            <Suggestion
              part="text"
              text={content()}
              onAccept={() => settle('text', true)}
              onDismiss={() => settle('text', false)}
            />
          </div>
        )}
      </Show>
      <Show when={hasSuggestion(props.thread) ? props.thread.suggested_by : undefined}>
        {(writer) => (
          <div class="mt-6">
            <WrittenBy writer={writer()} />
          </div>
        )}
      </Show>
      <p class="sr-only" aria-live="polite">
        {said()}
      </p>
    </aside>
  );
}

function hasSuggestion(thread: ThreadWithSuggestion): boolean {
  return thread.title_suggestion !== undefined || thread.content_suggestion !== undefined;
}

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
