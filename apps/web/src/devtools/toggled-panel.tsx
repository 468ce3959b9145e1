import { createSignal, onCleanup, Show } from 'solid-js';
import { Panel } from './panel.tsx';

/** Opens and closes the panel with Ctrl+Shift+Period. The focus moves into it, and back when it closes. */
export function ToggledPanel() {
  const [isOpen, setOpen] = createSignal(false);
  let before: Element | null = null;
  const open = () => {
    before = document.activeElement;
    setOpen(true);
  };
  const close = () => {
    setOpen(false);
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    // The position of the key, because Shift and the keyboard's language change its character.
    const isToggle = event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey && event.code === 'Period';
    if (!isToggle) return;
    event.preventDefault();
    if (isOpen()) close();
    else open();
  };
  window.addEventListener('keydown', onKey);
  onCleanup(() => window.removeEventListener('keydown', onKey));
  return (
    <Show when={isOpen()}>
      <Panel onClose={close} />
    </Show>
  );
}
