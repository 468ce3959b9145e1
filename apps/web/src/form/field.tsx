import { createUniqueId, type JSX, Show, splitProps } from 'solid-js';
import { lengthOf } from './length.ts';

interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  /** What is wrong with the value; a screen reader reads it when it appears. */
  error?: string | undefined;
  /** What a person needs to know before typing. */
  hint?: string | undefined;
  /**
   * The largest number of characters. Near it, the field shows how many are left. More can be typed and is then an error.
   */
  limit?: number;
  /** Only screen readers get the label, because the page already shows it. */
  hideLabel?: boolean;
  rows?: keyof typeof heights;
  /** Larger, in the serif face. */
  serif?: boolean;
  inputProps?: JSX.InputHTMLAttributes<HTMLInputElement>;
  textareaProps?: JSX.TextareaHTMLAttributes<HTMLTextAreaElement>;
}

const box =
  'w-full rounded-field border border-edge bg-night/60 px-3 py-2 text-paper placeholder:text-dust hover:border-dust focus-visible:border-phosphor focus-visible:outline-1 focus-visible:outline-offset-0 aria-invalid:border-ember';

/** A field that grows with its text ignores `rows`, so its smallest height is set here, in lines. */
const heights = { 2: 'min-h-[calc(2lh+1.125rem)]', 5: 'min-h-[calc(5lh+1.125rem)]', 9: 'min-h-[calc(9lh+1.125rem)]' };

/** A labelled field: one line, or with `rows` several lines that grow with the text. */
export function Field(props: FieldProps) {
  const [own] = splitProps(props, ['inputProps', 'textareaProps']);
  const id = createUniqueId();
  const noteId = `${id}-note`;
  const left = () => (props.limit === undefined ? Number.POSITIVE_INFINITY : props.limit - lengthOf(props.value));
  const note = () => {
    if (props.error !== undefined) return props.error;
    if (left() < 0) return `${-left()} too many`;
    if (props.limit !== undefined && left() <= Math.max(20, props.limit / 10)) return `${left()} characters left`;
    return props.hint;
  };
  const wrong = () => props.error !== undefined || left() < 0;
  const shared = () => ({
    id,
    value: props.value,
    'aria-invalid': wrong() ? ('true' as const) : undefined,
    'aria-describedby': note() === undefined ? undefined : noteId,
    class: `${box} ${props.serif ? 'font-serif text-lg leading-snug' : ''}`,
    onInput: (event: InputEvent & { currentTarget: { value: string } }) => props.onValue(event.currentTarget.value),
  });
  return (
    <div>
      <label for={id} class={props.hideLabel ? 'sr-only' : 'mb-1.5 block text-[0.9375rem] text-dust'}>
        {props.label}
      </label>
      <Show when={props.rows !== undefined} fallback={<input {...own.inputProps} {...shared()} />}>
        <textarea
          {...own.textareaProps}
          {...shared()}
          rows={props.rows}
          class={`${shared().class} field-sizing-content max-h-[60dvh] resize-y ${heights[props.rows ?? 2]}`}
        />
      </Show>
      <p
        id={noteId}
        aria-live="polite"
        class={`mt-1 mb-3 min-h-6 text-[0.9375rem] leading-6 ${wrong() ? 'text-ember' : 'text-dust'}`}
      >
        {note()}
      </p>
    </div>
  );
}
