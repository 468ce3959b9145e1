/*
 * Measurements that run in the page. Each function is sent there as text, so it uses nothing outside of itself.
 */
import type { Rendered } from './rendered.ts';

/** What the page did for one change of another client. */
export interface Change {
  /** In handlers of socket messages, from the first message after the change to the last one before the text is shown. */
  readonly handlersMs: number;
  /** From the first of these messages to the changed text. */
  readonly toDomMs: number;
  readonly rows: number;
  readonly titles: number;
}

/** What the page's handlers of socket messages have taken, since `first` was reset. */
interface Messages {
  /** When the first message arrived. */
  first: number | undefined;
  handlersMs: number;
}

/** Milliseconds since the navigation began. */
export interface Load {
  readonly toData: number;
  readonly toFirstPaint: number;
}

interface Page {
  readonly rendered: Rendered;
  messages: Messages;
  /** Resolves with the time at which the text was painted. */
  text: Promise<number>;
}

/** Measures the handlers of all sockets. Runs before the scripts of the page. */
export function observeMessages(): void {
  const messages: Messages = { first: undefined, handlersMs: 0 };
  Object.assign(globalThis, { messages });
  const add = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function observed(
    this: WebSocket,
    type: string,
    listener: unknown,
    options?: boolean | AddEventListenerOptions,
  ) {
    if (type !== 'message' || typeof listener !== 'function') {
      return add.call(this, type, listener as EventListener, options);
    }
    add.call(
      this,
      type,
      (event: Event) => {
        const start = performance.now();
        messages.first ??= start;
        listener.call(this, event);
        messages.handlersMs += performance.now() - start;
      },
      options,
    );
  };
}

/** Begins to wait for the next input of a key: `painted` is the milliseconds from it until the output shows it. */
export function awaitKey({ input, output }: { input: string; output: string }): { painted: Promise<number> } {
  const typing = document.querySelector<HTMLInputElement>(`#${input}`);
  const shown = document.querySelector(`#${output}`);
  if (typing === null || shown === null) throw new Error('the page has no such input or output');
  const painted = new Promise<number>((resolve) => {
    typing.addEventListener(
      'input',
      ({ timeStamp }) => {
        const settle = (): void => {
          // After the frame: the message comes when it was painted.
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve(performance.now() - timeStamp);
            port2.postMessage(null);
          });
        };
        const observer = new MutationObserver(() => {
          if (shown.textContent !== typing.value) return;
          observer.disconnect();
          settle();
        });
        observer.observe(shown, { childList: true, characterData: true, subtree: true });
      },
      // Before the page's own listener, which may change the output at once.
      { once: true, capture: true },
    );
  });
  return { painted };
}

/** Begins to wait for a title in the list: `shown` resolves when it is there. */
export function awaitChange({ title }: { title: string }): { shown: Promise<Change> } {
  const page = globalThis as unknown as Page;
  const list = document.querySelector('#list');
  if (list === null) throw new Error('the page has no list');
  const before = { ...page.rendered };
  page.messages.first = undefined;
  page.messages.handlersMs = 0;
  const shown = new Promise<Change>((resolve) => {
    const observer = new MutationObserver((records) => {
      if (!records.some(({ target }) => target.textContent === title)) return;
      const now = performance.now();
      observer.disconnect();
      // A task later, when all handlers and effects of this round have run.
      setTimeout(() => {
        const { first = now, handlersMs } = page.messages;
        const { rows, titles } = page.rendered;
        resolve({ handlersMs, toDomMs: now - first, rows: rows - before.rows, titles: titles - before.titles });
      });
    });
    observer.observe(list, { childList: true, characterData: true, subtree: true });
  });
  return { shown };
}

/** Waits for a text in the main part of the page. Runs before the scripts of the page. */
export function observeText({ text }: { text: string }): void {
  const painted = new Promise<number>((resolve) => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector('main')?.textContent.includes(text)) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    });
    observer.observe(document, { childList: true, characterData: true, subtree: true });
  });
  Object.assign(globalThis, { text: painted });
}

/** Resolves when the text of `observeText` was painted. */
export async function awaitText(): Promise<Load> {
  const toData = await (globalThis as unknown as Page).text;
  const toFirstPaint = await new Promise<number>((resolve) => {
    // The entry may come after the frame.
    new PerformanceObserver((list) => {
      const [first] = list.getEntriesByName('first-contentful-paint');
      if (first !== undefined) resolve(first.startTime);
    }).observe({ type: 'paint', buffered: true });
  });
  return { toData, toFirstPaint };
}
