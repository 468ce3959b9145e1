import { TEXT_LIMIT } from './definition.ts';
import type { TableNames } from './names.ts';

/** The form for a new row and for a changed one. */
export const formFile = ({ table, pascal }: TableNames): string => `import { createSignal, type JSX } from 'solid-js';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Field } from '../form/field.tsx';
import { lengthOf } from '../form/length.ts';
import { Problem } from '../form/problem.tsx';

/** What schema.surql asserts of ${table}.text; said here so that a person learns of it before the database does. */
const TEXT_LIMIT = ${TEXT_LIMIT};

/** The text of a row, for a new one and for a changed one. Ctrl+Enter (or Cmd) sends it. */
export function ${pascal}Form(props: {
  /** The text there is. Without it the form is empty, and is emptied once it was sent. */
  initial?: string;
  /** The button that sends. */
  submit: string;
  onSubmit: (text: string) => Promise<unknown>;
  /** What comes after that button. */
  children?: JSX.Element;
}) {
  const isNew = props.initial === undefined;
  const [text, setText] = createSignal(props.initial ?? '');
  const [problem, setProblem] = createSignal<string>();
  const send = createAction(() => props.onSubmit(text().trim()));
  let field: HTMLTextAreaElement | undefined;

  const submit = async (event: Event) => {
    event.preventDefault();
    const found = problemOf(text());
    setProblem(found);
    if (found !== undefined) field?.focus();
    else if ((await send.run()) && isNew) setText('');
  };

  return (
    <form
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing) void submit(event);
      }}
    >
      <Field
        label="Text"
        value={text()}
        onValue={(value) => {
          setText(value);
          setProblem(undefined);
        }}
        error={problem()}
        limit={TEXT_LIMIT}
        serif
        rows={2}
        textareaProps={{
          name: 'text',
          ref: (element) => {
            field = element;
            if (!isNew) queueMicrotask(() => element.focus());
          },
        }}
      />
      <div class="flex flex-wrap items-center gap-x-4 gap-y-4">
        <Button type="submit" look="glow" busy={send.busy()} aria-keyshortcuts="Control+Enter">
          {props.submit}
        </Button>
        {props.children}
      </div>
      <Problem explanation={send.error()} class="mt-3" />
    </form>
  );
}

function problemOf(text: string): string | undefined {
  const length = lengthOf(text);
  if (length === 0) return 'Type a text.';
  return length > TEXT_LIMIT ? \`\${length - TEXT_LIMIT} characters too many: at most \${TEXT_LIMIT} fit.\` : undefined;
}
`;
