import { createMemo, type JSX, Show, splitProps } from 'solid-js';

type Look = 'glow' | 'plain' | 'quiet' | 'warn';

interface ButtonProps extends Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  /** glow: the main action of the page; plain: any other; quiet: inside text; warn: deletes something. */
  look?: Look;
  /** The button cannot be pressed now. It keeps the focus, so that a keyboard user does not lose the position. */
  inert?: boolean;
  /** The work is in progress: the button shows this and cannot be pressed again. */
  busy?: boolean;
}

const looks: Record<Look, string> = {
  glow: 'bg-phosphor text-night font-semibold not-aria-disabled:hover:bg-paper',
  plain: 'border border-edge text-paper not-aria-disabled:hover:border-paper not-aria-disabled:hover:bg-shelf',
  quiet:
    'text-dust underline decoration-edge underline-offset-4 not-aria-disabled:hover:text-paper not-aria-disabled:hover:decoration-paper',
  warn: 'bg-ember text-night font-semibold not-aria-disabled:hover:bg-paper',
};

export function Button(props: ButtonProps) {
  const [own, rest] = splitProps(props, ['look', 'inert', 'busy', 'class', 'children', 'onClick', 'type']);
  const look = () => own.look ?? 'plain';
  // A memo, because event handlers read it too: outside of rendering, the condition of a prop would leak.
  const stopped = createMemo(() => own.inert === true || own.busy === true);
  const press: JSX.EventHandler<HTMLButtonElement, MouseEvent> = (event) => {
    if (stopped()) event.preventDefault();
    else if (typeof own.onClick === 'function') own.onClick(event);
  };
  return (
    <button
      {...rest}
      type={own.type ?? 'button'}
      onClick={press}
      aria-disabled={stopped() ? 'true' : undefined}
      aria-busy={own.busy ? 'true' : undefined}
      class={`inline-flex min-h-10 items-center justify-center gap-2 rounded-field text-[0.9375rem] transition-colors duration-150 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 ${look() === 'quiet' ? '' : 'px-4'} ${looks[look()]} ${own.class ?? ''}`}
    >
      <Show when={own.busy}>
        <span class="size-2 animate-breathe rounded-full bg-current" aria-hidden="true" />
      </Show>
      {own.children}
    </button>
  );
}
