import { Listeners } from '../listeners.ts';
import type { MessageEvent, ProcessIdentity } from '../process/process-info.ts';
import { packedBytes, unpack } from './payload.ts';
import type { MessageLimits, Packed } from './protocol.ts';

/**
 * Messages from the children to the host's handlers. Until the first handler is attached they wait as bytes. Beyond
 * `queuedMessages`, or twice `messageBytes`, the oldest are dropped, so that a host without a handler does not run out
 * of memory.
 */
export class MessageInbox {
  readonly #listeners = new Listeners<MessageEvent>(() => queueMicrotask(() => this.#flush()));
  #waiting: { readonly identity: ProcessIdentity; readonly data: Uint8Array }[] = [];
  #bytes = 0;
  readonly #limits: MessageLimits;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  /** Number of messages of this process that wait for the first handler. */
  waitingOf(processId: string): number {
    return this.#waiting.filter(({ identity }) => identity.processId === processId).length;
  }

  add(handler: (event: MessageEvent) => void): () => void {
    return this.#listeners.add(handler);
  }

  receive(identity: ProcessIdentity, message: Packed): void {
    // Messages that wait for the next microtask go first, to keep the order.
    if (this.#listeners.size > 0 && this.#waiting.length === 0) {
      this.#deliver(identity, message);
      return;
    }
    const data = packedBytes(message);
    if (data === undefined) return;
    this.#waiting.push({ identity, data });
    this.#bytes += data.byteLength;
    const { queuedMessages, messageBytes } = this.#limits;
    while (this.#waiting.length > queuedMessages || this.#bytes > 2 * messageBytes) {
      this.#bytes -= this.#waiting.shift()?.data.byteLength ?? 0;
    }
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const { identity, data } of waiting) this.receive(identity, data);
  }

  #deliver(identity: ProcessIdentity, message: Packed): void {
    const payload = unpack(message);
    if (payload !== undefined) this.#listeners.emit({ ...identity, payload: payload.value });
  }
}
