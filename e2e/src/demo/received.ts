import type { Page } from '@playwright/test';

/** Records everything that a page receives from now on: WebSocket frames, and headers and bodies of HTTP answers. */
export class Received {
  readonly #parts: { readonly from: string; readonly bytes: Buffer }[] = [];
  readonly #pending = new Set<Promise<void>>();

  constructor(page: Page) {
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => this.#add(socket.url(), payload));
    });
    page.on('response', (response) => {
      const add = async (): Promise<void> => {
        this.#add(response.url(), JSON.stringify(await response.allHeaders()));
        this.#add(response.url(), await response.body());
      };
      // A redirect has no body, and the body of a page that was left is gone.
      const adding = add().catch(() => undefined);
      this.#pending.add(adding);
      void adding.finally(() => this.#pending.delete(adding));
    });
  }

  /** Returns the addresses that sent this text, plain or inside JSON, each with its context. */
  async find(text: string): Promise<string[]> {
    await Promise.all(this.#pending);
    const inJson = JSON.stringify(text).slice(1, -1);
    return this.#parts.flatMap(({ from, bytes }) => {
      const at = Math.max(bytes.indexOf(text), bytes.indexOf(inJson));
      const around = bytes.subarray(Math.max(0, at - 80), at + 80).toString('latin1');
      return at < 0 ? [] : [`${from}: ${around.replaceAll(/[^ -~]/g, '·')}`];
    });
  }

  #add(from: string, payload: string | Buffer): void {
    this.#parts.push({ from, bytes: Buffer.from(payload) });
  }
}
