import { useNavigate } from '@solidjs/router';
import { useQuery } from '@spookify/solid';
import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { explain } from '../shell/explain.ts';
import { Explained } from '../shell/explained.tsx';
import { Notice } from '../shell/notice.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { Skeleton } from '../shell/skeleton.tsx';
import { DraftForm } from '../thread/draft-form.tsx';
import { threadPath } from '../thread/path.ts';
import { ThreadRow } from '../thread/thread-row.tsx';

const PAGE = 20;

/** Every thread, newest first, live; and the form for a new one. */
export function Threads() {
  usePageTitle(() => 'Threads');
  const navigate = useNavigate();
  return (
    <div class="grid grid-cols-[minmax(0,1fr)] gap-x-16 gap-y-12 lg:grid-cols-[22rem_minmax(0,1fr)]">
      <section aria-labelledby="write" class="lg:sticky lg:top-8 lg:self-start">
        <h2 id="write" class="mb-4 text-xl font-semibold">
          Write a thread
        </h2>
        <DraftForm
          submitLabel="Publish thread"
          onSubmit={async (draft) => {
            const { id } = await db.create('thread', draft);
            navigate(threadPath(id));
          }}
        />
      </section>
      <section aria-labelledby="threads">
        <h1 id="threads" class="mb-6 text-xl font-semibold">
          Threads
        </h1>
        <ThreadList />
      </section>
    </div>
  );
}

function ThreadList() {
  const [limit, setLimit] = createSignal(PAGE);
  // Reads one more than is shown, to know whether there are more.
  const threads = useQuery(db, () =>
    db
      .query('thread')
      .related('author')
      .related('jobs', (job) => job.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
      .related('suggestions', (suggestion) => suggestion.select('written_by'))
      .orderBy('created_at', 'desc')
      .limit(limit() + 1)
      .build(),
  );
  return (
    <Switch fallback={<Skeleton label="Loading the threads" class="space-y-4" lines={rowLines} />}>
      <Match when={threads()?.length === 0}>
        <Notice heading="No threads yet" mood="asleep" level={2}>
          <p>Write the first one, then press Spookify on its page.</p>
        </Notice>
      </Match>
      <Match when={threads()}>
        {(rows) => (
          <>
            <ol classList={{ 'opacity-85 transition-opacity delay-500 duration-300': threads.stale }}>
              <For each={rows().slice(0, limit())}>
                {(thread) => (
                  <ThreadRow
                    href={threadPath(thread.id)}
                    title={thread.title}
                    content={thread.content}
                    author={thread.author?.username}
                    createdAt={thread.created_at.toDate()}
                    job={thread.jobs[0]}
                    hasSuggestion={thread.suggestions.length > 0}
                  />
                )}
              </For>
            </ol>
            <Show when={rows().length > limit()}>
              <Button class="mt-6" onClick={() => setLimit((shown) => shown + PAGE)}>
                Show more
              </Button>
            </Show>
          </>
        )}
      </Match>
      <Match when={threads.error}>
        {(error) => (
          <Notice heading="The threads could not be loaded" mood="troubled" level={2}>
            <Explained explanation={explain(error())} />
            <Button onClick={() => threads.retry()}>Load again</Button>
          </Notice>
        )}
      </Match>
    </Switch>
  );
}

const rowLines = ['h-7 w-3/5', 'h-5 w-full', 'h-5 w-2/5 mb-11', 'h-7 w-2/5', 'h-5 w-full', 'h-5 w-1/3'] as const;
