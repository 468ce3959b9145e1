import { createMemo, createSignal, Show } from 'solid-js';
import { Button } from '../form/button.tsx';
import { DraftForm } from './draft-form.tsx';
import type { Draft } from './limits.ts';
import { isThreadChanged } from './thread-changed.ts';

/** The text of a thread, and the revision that it belongs to. */
export interface ThreadText extends Draft {
  revision: number;
}

/**
 * The form that edits a thread. If the thread changes while the form is open, both texts are shown and the person chooses;
 * the typed text stays. The database decides: each save names the revision that the person has seen, and is refused if the
 * thread has another revision (schema/schema.surql).
 */
export function EditThread(props: {
  /** The current thread. */
  thread: ThreadText;
  /** Whether it was deleted meanwhile. */
  isGone: boolean;
  onSave: (text: ThreadText) => Promise<unknown>;
  /** Called when it was saved or is to stay unchanged. */
  onClose: () => void;
}) {
  const opened: ThreadText = {
    title: props.thread.title,
    content: props.thread.content,
    revision: props.thread.revision,
  };
  const [saving, setSaving] = createSignal(false);
  // Not while saving, because the own text can appear in the thread before the save is answered.
  const newer = createMemo<ThreadText | undefined>((before) => {
    if (saving()) return before;
    return isSameText(props.thread, opened) ? undefined : props.thread;
  });
  /** The last revision that the person chose to replace. */
  let replaced = opened.revision;

  const save = async (draft: Draft) => {
    setSaving(true);
    try {
      await props.onSave({ ...draft, revision: newer() === undefined ? props.thread.revision : replaced });
    } catch (error) {
      // A save whose answer was lost is repeated, and then finds its own text.
      if (!isThreadChanged(error) || !isSameText(draft, props.thread)) {
        setSaving(false);
        throw error;
      }
    }
    props.onClose();
  };

  return (
    <>
      <h1 class="mb-4 text-xl font-semibold">Edit the thread</h1>
      <DraftForm
        initial={opened}
        rows={9}
        focus
        onSubmit={save}
        submitLabel={newer() === undefined && !props.isGone ? 'Save changes' : undefined}
      >
        <Show
          when={!props.isGone && newer()}
          fallback={
            <>
              <Show when={props.isGone}>
                <p role="status" class="w-full text-[0.9375rem] text-lamp">
                  This thread was deleted meanwhile. Copy your text if you want to keep it.
                </p>
              </Show>
              <Button look="quiet" onClick={() => props.onClose()}>
                {props.isGone ? 'Close' : 'Cancel'}
              </Button>
            </>
          }
        >
          {(now) => (
            <section aria-labelledby="newer" class="w-full rounded-panel border border-lamp/60 bg-desk p-5">
              <h2 id="newer" class="text-lg font-semibold">
                The current version
              </h2>
              <p role="status" class="mt-1 text-[0.9375rem] text-lamp">
                The thread was changed after you opened this form. Your version is still above.
              </p>
              <p class="mt-4 font-serif text-xl leading-snug wrap-anywhere">{now().title}</p>
              <p class="prose mt-2 text-lg leading-normal">{now().content}</p>
              <div class="mt-5 flex flex-wrap gap-3">
                <Button
                  type="submit"
                  look="glow"
                  busy={saving()}
                  onClick={() => {
                    replaced = now().revision;
                  }}
                >
                  Save my version
                </Button>
                <Button inert={saving()} onClick={() => props.onClose()}>
                  Keep the current version
                </Button>
              </div>
            </section>
          )}
        </Show>
      </DraftForm>
    </>
  );
}

function isSameText(one: Draft, other: Draft): boolean {
  return one.title === other.title && one.content === other.content;
}
