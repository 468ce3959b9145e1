import type { TableNames } from './names.ts';

/** One row, with what its owner can do with it. */
export const itemFile = ({
  table,
  file,
  pascal,
  one,
}: TableNames): string => `import { createSignal, Show } from 'solid-js';
import { db } from '../db.ts';
import { Button } from '../form/button.tsx';
import { ConfirmDelete } from '../form/confirm-delete.tsx';
import type { Tables } from '../schema.gen.ts';
import { When } from '../shell/when.tsx';
import { ${pascal}Form } from './${file}-form.tsx';

type Row = Tables['${table}']['row'];

/** One row of the list, live, and the buttons to change and delete it. */
export function ${pascal}Item(props: { row: Row; onGone: () => void }) {
  const [editing, setEditing] = createSignal(false);
  let edit: HTMLButtonElement | undefined;
  const open = () => setEditing(true);
  const close = () => {
    setEditing(false);
    edit?.focus();
  };
  return (
    <li class="border-t border-rule py-5 first:border-t-0 first:pt-0">
      <Show when={!editing()} fallback={<Edit${pascal} row={props.row} onClose={close} />}>
        <p class="prose text-lg leading-normal">{props.row.text}</p>
        <p class="mt-1 flex flex-wrap items-center gap-x-5 text-[0.9375rem] text-dust">
          <When date={props.row.created_at.toDate()} />
          <Button look="quiet" aria-label="Edit ${one}" ref={edit} onClick={open}>
            Edit
          </Button>
          <ConfirmDelete
            what="${one}"
            label="Delete"
            consequence="It will be deleted permanently."
            onDelete={() => db.delete(props.row.id)}
            onGone={() => props.onGone()}
          />
        </p>
      </Show>
    </li>
  );
}

/** Saves only over the text that this form has shown. If the row has another one by then, the change goes to the tray. */
function Edit${pascal}(props: { row: Row; onClose: () => void }) {
  const [seen, setSeen] = createSignal(props.row.text);
  const [sent, setSent] = createSignal<string>();
  const isNewer = () => props.row.text !== seen() && props.row.text !== sent();
  const save = async (text: string) => {
    setSent(text);
    await db.update(props.row.id, { text }, { base: { text: seen() } });
    props.onClose();
  };
  return (
    <${pascal}Form initial={seen()} submit="Save changes" onSubmit={save}>
      <Button look="quiet" onClick={() => props.onClose()}>
        Cancel
      </Button>
      <Show when={isNewer()}>
        <div role="status" class="w-full rounded-panel border border-lamp/60 bg-desk p-5">
          <p class="text-[0.9375rem] text-lamp">It was changed after you opened this form. It now says:</p>
          <p class="prose mt-2">{props.row.text}</p>
          <Button
            class="mt-4"
            onClick={() => {
              setSeen(props.row.text);
            }}
          >
            Replace this with mine
          </Button>
        </div>
      </Show>
    </${pascal}Form>
  );
}
`;
