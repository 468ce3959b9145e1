import { createSignal, type JSX, Show } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Field } from '../form/field.tsx';
import { Problem } from '../form/problem.tsx';
import { type Draft, draftProblems, TEXT_LIMIT, TITLE_LIMIT } from './limits.ts';

/** The form with title and text of a thread, for a new thread and for edits. Ctrl+Enter (or Cmd) submits it. */
export function DraftForm(props: {
  initial?: Draft;
  /** The label of the submit button. If undefined, `children` contain the button. */
  submitLabel: string | undefined;
  onSubmit: (draft: Draft) => Promise<unknown>;
  rows?: 5 | 9;
  /** The title takes the focus when the form appears. */
  focus?: boolean;
  /** Shown after the submit button. */
  children?: JSX.Element;
}) {
  const [title, setTitle] = createSignal(props.initial?.title ?? '');
  const [content, setContent] = createSignal(props.initial?.content ?? '');
  const [problems, setProblems] = createSignal<Partial<Draft>>({});
  const send = createAction(async (draft: Draft) => props.onSubmit(draft));
  let form!: HTMLFormElement;

  const submit = async (event?: Event) => {
    event?.preventDefault();
    const draft = { title: title().trim(), content: content().trim() };
    const found = draftProblems(draft);
    setProblems(found ?? {});
    if (found === undefined) await send.run(draft);
    else form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    void submit();
  };

  return (
    <form ref={form} onSubmit={submit} onKeyDown={onKeyDown} noValidate>
      <Field
        label="Title"
        value={title()}
        onValue={(value) => {
          setTitle(value);
          setProblems(({ title: _, ...others }) => others);
        }}
        error={problems().title}
        limit={TITLE_LIMIT}
        serif
        inputProps={{
          name: 'title',
          autocomplete: 'off',
          ref: (input) => {
            if (props.focus) queueMicrotask(() => input.focus());
          },
        }}
      />
      <Field
        label="Text"
        value={content()}
        onValue={(value) => {
          setContent(value);
          setProblems(({ content: _, ...others }) => others);
        }}
        error={problems().content}
        limit={TEXT_LIMIT}
        serif
        rows={props.rows ?? 5}
        textareaProps={{ name: 'content' }}
      />
      <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Show when={props.submitLabel}>
          {(label) => (
            <Button type="submit" look="glow" busy={send.busy()} aria-keyshortcuts="Control+Enter">
              {label()}
            </Button>
          )}
        </Show>
        {props.children}
      </div>
      <Problem explanation={send.error()} class="mt-3" />
    </form>
  );
}
