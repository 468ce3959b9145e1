import { ClientError } from '@spookify/client';
import { createMemo, createSignal, Show } from 'solid-js';
import { Button } from '../form/button.tsx';
import { DraftForm } from './draft-form.tsx';
import type { Draft } from './limits.ts';

/**
 * The form that edits a thread. If the thread changes while the form is open, both texts are shown and the person chooses;
 * the typed text stays. A save closes the form at once. If it then turns out that the thread had changed before the save,
 * the save is refused and the person chooses in the tray (shell/tray).
 */
export function EditThread(props: {
  /** The current thread. */
  thread: Draft;
  /** Whether it was deleted meanwhile. */
  isGone: boolean;
  /** Saves what has changed since the version that the person has seen. Resolves when the page shows it. */
  onSave: (changed: Partial<Draft>, seen: Draft) => Promise<unknown>;
  /** Called when it was saved or is to stay unchanged. */
  onClose: () => void;
}) {
  const opened = textOf(props.thread);
  const [saving, setSaving] = createSignal(false);
  // Not while saving, because the own text appears in the thread before the form is closed.
  const newer = createMemo<Draft | undefined>((before) => {
    if (saving()) return before;
    return isSameText(props.thread, opened) ? undefined : textOf(props.thread);
  });
  /** The version that a save replaces: what the form was opened with, or a newer one that the person chose to replace. */
  let seen = opened;

  const save = async (draft: Draft) => {
    const now = newer();
    if (now !== undefined && !isSameText(now, seen)) {
      const message = 'The thread has changed since the form was opened. Choose a version.';
      throw new ClientError('SPOOKY_CLIENT_CONFLICT', message, { reason: 'thread-changed' });
    }
    const changed: Partial<Draft> = {};
    if (draft.title !== seen.title) changed.title = draft.title;
    if (draft.content !== seen.content) changed.content = draft.content;
    setSaving(true);
    try {
      if (Object.keys(changed).length > 0) await props.onSave(changed, seen);
    } catch (error) {
      setSaving(false);
      throw error;
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
                    seen = now();
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

function textOf({ title, content }: Draft): Draft {
  return { title, content };
}

function isSameText(one: Draft, other: Draft): boolean {
  return one.title === other.title && one.content === other.content;
}
