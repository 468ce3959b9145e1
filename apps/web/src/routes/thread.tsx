import { A, useNavigate, useParams } from '@solidjs/router';
import type { RecordId } from '@spookify/client';
import { useQuery } from '@spookify/solid';
import { createMemo, createSignal, Match, Show, Switch } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { ConfirmDelete } from '../form/confirm-delete.tsx';
import { useSession } from '../session/session.ts';
import { explain } from '../shell/explain.ts';
import { Explained } from '../shell/explained.tsx';
import { Notice } from '../shell/notice.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { Skeleton } from '../shell/skeleton.tsx';
import { When } from '../shell/when.tsx';
import { EditThread } from '../thread/edit-thread.tsx';
import { threadId } from '../thread/path.ts';
import { SuggestionPanel } from '../thread/suggestion-panel.tsx';
import { ThreadComments } from '../thread/thread-comments.tsx';

/** One thread, live: its text, the ghost's suggestion (for its author), and the comments. */
export function ThreadPage() {
  const params = useParams<{ key: string }>();
  // Created again for each thread, so that input and state of one thread do not appear in the next.
  return (
    <Show when={params.key} keyed>
      {(key) => <Thread id={threadId(key)} />}
    </Show>
  );
}

function Thread(props: { id: RecordId<'thread'> }) {
  const navigate = useNavigate();
  const session = useSession();
  const [editing, setEditing] = createSignal(false);
  const [leaving, setLeaving] = createSignal(false);
  const thread = useQuery(db, () =>
    db
      .query('thread')
      .where({ id: props.id })
      .related('author')
      .related('jobs', (job) => job.where({ path: '/spookify' }).orderBy('created_at', 'desc').limit(1))
      .related('suggestions')
      .one()
      .build(),
  );
  type Row = NonNullable<ReturnType<typeof thread>>;
  // A deleted thread stays while its form is open, so that the person can copy the typed text, and until the page is left.
  const shown = createMemo<Row | undefined>((last) => thread() ?? (editing() || leaving() ? last : undefined));
  const own = () => session.isMe(thread()?.author?.id);
  let heading: HTMLHeadingElement | undefined;
  usePageTitle(() => thread()?.title);

  return (
    <>
      <p class="mb-6 text-[0.9375rem]">
        <A href="/" class="text-dust underline decoration-edge underline-offset-4 hover:text-paper">
          All threads
        </A>
      </p>
      <Switch
        fallback={
          <>
            <h1 class="sr-only">A thread</h1>
            <Skeleton label="Loading the thread" class="space-y-4 lg:max-w-1/2" lines={textLines} />
          </>
        }
      >
        <Match when={shown()}>
          {(row) => (
            <div
              class="grid grid-cols-[minmax(0,1fr)] gap-x-14 gap-y-14 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] lg:grid-rows-[auto_1fr]"
              classList={{ 'opacity-85 transition-opacity delay-500 duration-300': thread.stale }}
            >
              <article class="min-w-0">
                <Show
                  when={!editing()}
                  fallback={
                    <EditThread
                      thread={row()}
                      isGone={!thread()}
                      onSave={(changed, base) => db.update(row().id, changed, { base })}
                      onClose={() => {
                        setEditing(false);
                        heading?.focus();
                      }}
                    />
                  }
                >
                  <h1
                    ref={heading}
                    tabindex={-1}
                    class="font-serif text-3xl leading-tight wrap-anywhere text-balance sm:text-4xl sm:leading-tight"
                  >
                    {row().title}
                  </h1>
                  <p class="mt-3 flex flex-wrap items-center gap-x-2 text-[0.9375rem] text-dust">
                    <span class="wrap-anywhere">{row().author?.username ?? 'someone'}</span>
                    <span aria-hidden="true">·</span>
                    <When date={row().created_at.toDate()} />
                  </p>
                  <p class="prose mt-6 text-[1.1875rem] leading-relaxed">{row().content}</p>
                  <Show when={own()}>
                    <div class="mt-6 flex flex-wrap gap-x-5">
                      <Button look="quiet" onClick={() => setEditing(true)}>
                        Edit thread
                      </Button>
                      <ConfirmDelete
                        what="thread"
                        consequence={`“${row().title}” will be deleted permanently, with its comments and its suggestion.`}
                        onDelete={async () => {
                          setLeaving(true);
                          try {
                            await db.delete(row().id);
                            navigate('/', { replace: true });
                          } finally {
                            setLeaving(false);
                          }
                        }}
                      />
                    </div>
                  </Show>
                </Show>
              </article>
              <Show when={own()}>
                <SuggestionPanel
                  thread={row()}
                  job={row().jobs[0]}
                  suggestion={row().suggestions[0]}
                  onSettled={() => heading?.focus()}
                />
              </Show>
              <Show when={thread()}>
                <ThreadComments thread={row().id} />
              </Show>
            </div>
          )}
        </Match>
        <Match when={thread.error}>
          {(error) => (
            <Notice heading="The thread could not be loaded" mood="troubled">
              <Explained explanation={explain(error())} />
              <Button onClick={() => thread.retry()}>Load again</Button>
            </Notice>
          )}
        </Match>
        <Match when={!thread.loading}>
          <Gone />
        </Match>
      </Switch>
    </>
  );
}

function Gone() {
  usePageTitle(() => 'Thread not found');
  return (
    <Notice heading="Thread not found" mood="asleep">
      <p>Its author has deleted it, or the address is wrong.</p>
    </Notice>
  );
}

const textLines = ['h-10 w-4/5', 'h-5 w-1/3 mb-8', 'h-5 w-full', 'h-5 w-full', 'h-5 w-3/5'] as const;
