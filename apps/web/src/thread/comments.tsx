import { createSignal, For, Show } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { ConfirmDelete } from '../form/confirm-delete.tsx';
import { Field } from '../form/field.tsx';
import { Problem } from '../form/problem.tsx';
import { When } from '../shell/when.tsx';
import { COMMENT_LIMIT, lengthProblem } from './limits.ts';

export interface CommentView {
  key: string;
  author: string | undefined;
  content: string;
  createdAt: Date;
  own: boolean;
}

/** The comments of a thread, oldest first, and the field for a new one. */
export function Comments(props: {
  comments: readonly CommentView[];
  onAdd: (content: string) => Promise<unknown>;
  onDelete: (key: string) => Promise<unknown>;
  /** Called when a comment is gone, and its delete button with it: move the focus to another element. */
  onGone: () => void;
}) {
  const keys = () => props.comments.map((comment) => comment.key);
  const find = (key: string) => props.comments.find((comment) => comment.key === key);
  return (
    <>
      <Show when={props.comments.length > 0} fallback={<p class="text-dust">No comments yet. Write the first one.</p>}>
        <ol class="space-y-5">
          {/* By key: a change of one comment does not affect the others and the focus inside them. */}
          <For each={keys()}>
            {(key) => (
              <Show when={find(key)}>
                {(comment) => (
                  <Comment comment={comment()} onDelete={() => props.onDelete(key)} onGone={() => props.onGone()} />
                )}
              </Show>
            )}
          </For>
        </ol>
      </Show>
      <AddComment onAdd={props.onAdd} />
    </>
  );
}

function Comment(props: { comment: CommentView; onDelete: () => Promise<unknown>; onGone: () => void }) {
  return (
    <li class="border-l border-rule pl-4">
      <p class="flex flex-wrap items-center gap-x-2 text-[0.9375rem] text-dust">
        <span class="text-paper wrap-anywhere">{props.comment.author ?? 'someone'}</span>
        <span aria-hidden="true">·</span>
        <When date={props.comment.createdAt} />
        <Show when={props.comment.own}>
          <ConfirmDelete
            what="comment"
            label="Delete"
            class="-my-2 ml-auto"
            consequence={`“${excerpt(props.comment.content)}” will be deleted permanently.`}
            onDelete={() => props.onDelete()}
            onGone={() => props.onGone()}
          />
        </Show>
      </p>
      <p class="prose mt-0.5 text-lg leading-normal">{props.comment.content}</p>
    </li>
  );
}

/** Returns enough of a comment for its author to recognise it. */
function excerpt(content: string): string {
  const characters = [...content];
  if (characters.length <= EXCERPT) return content;
  return `${characters
    .slice(0, EXCERPT)
    .join('')
    .replace(/\s+\S*$/, '')}…`;
}

const EXCERPT = 120;

function AddComment(props: { onAdd: (content: string) => Promise<unknown> }) {
  const [content, setContent] = createSignal('');
  const [problem, setProblem] = createSignal<string>();
  const add = createAction(() => props.onAdd(content().trim()));
  const submit = async (event?: Event) => {
    event?.preventDefault();
    const found = lengthProblem(content(), COMMENT_LIMIT, 'A comment needs a text.');
    setProblem(found);
    if (found === undefined && (await add.run())) setContent('');
  };
  return (
    <form
      class="mt-7"
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Your comment"
        value={content()}
        onValue={(value) => {
          setContent(value);
          setProblem(undefined);
        }}
        error={problem()}
        limit={COMMENT_LIMIT}
        serif
        rows={2}
        textareaProps={{ name: 'comment' }}
      />
      <Button type="submit" busy={add.busy()} aria-keyshortcuts="Control+Enter">
        Add comment
      </Button>
      <Problem explanation={add.error()} class="mt-3" />
    </form>
  );
}
