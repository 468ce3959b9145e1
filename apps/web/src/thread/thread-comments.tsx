import type { RecordId } from '@spookify/client';
import { useQuery } from '@spookify/solid';
import { createSignal, Match, Show, Switch } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { useSession } from '../session/session.ts';
import { explain } from '../shell/explain.ts';
import { Explained } from '../shell/explained.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { Comments } from './comments.tsx';

const PAGE = 50;

/** The comments of one thread, live. The newest are read first, so that a long discussion shows its end. */
export function ThreadComments(props: { thread: RecordId<'thread'> }) {
  const session = useSession();
  const [limit, setLimit] = createSignal(PAGE);
  const [announcement, announce] = createSignal('');
  let heading!: HTMLHeadingElement;
  const thread = useQuery(db, () =>
    db
      .query('thread')
      .select('id')
      .where({ id: props.thread })
      .related('comments', (comment) =>
        comment
          .related('author')
          .orderBy('created_at', 'desc')
          .limit(limit() + 1),
      )
      .one()
      .build(),
  );
  const shown = () =>
    (thread()?.comments ?? [])
      .slice(0, limit())
      .toReversed()
      .map((comment) => ({
        id: comment.id,
        key: comment.id.toString(),
        author: comment.author?.username,
        content: comment.content,
        createdAt: comment.created_at.toDate(),
        own: session.isMe(comment.author?.id),
      }));
  return (
    <section aria-labelledby="comments" class="min-w-0">
      <h2 id="comments" ref={heading} tabindex={-1} class="mb-5 border-t border-rule pt-6 text-xl font-semibold">
        Comments
      </h2>
      <Switch fallback={<Skeleton label="Loading the comments" class="space-y-3" lines={['h-5 w-1/3', 'h-5 w-4/5']} />}>
        <Match when={thread()}>
          {(row) => (
            <>
              <Show when={row().comments.length > limit()}>
                <Button look="quiet" class="mb-5" onClick={() => setLimit((now) => now + PAGE)}>
                  Show earlier comments
                </Button>
              </Show>
              <Comments
                comments={shown()}
                onAdd={(content) => db.create('comment', { thread: props.thread, content })}
                onDelete={async (key) => {
                  const comment = shown().find((candidate) => candidate.key === key);
                  if (comment !== undefined) await db.delete(comment.id);
                }}
                onGone={() => {
                  announce('Comment deleted.');
                  heading.focus();
                }}
              />
            </>
          )}
        </Match>
        <Match when={thread.error}>
          {(error) => (
            <div class="space-y-3">
              <Explained explanation={explain(error())} class="text-ember" />
              <Button onClick={() => thread.retry()}>Load again</Button>
            </div>
          )}
        </Match>
      </Switch>
      <p class="sr-only" aria-live="polite">
        {announcement()}
      </p>
    </section>
  );
}
