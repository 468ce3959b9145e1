import { randomUUID } from 'node:crypto';
import type { ServerFrame, ViewChange, WirePlan, WireWrite } from '../../wire/index.ts';

type Answer = Extract<ServerFrame, { type: 'written' | 'refused' }>;

export interface ReconnectingTabOptions {
  readonly url: string;
  readonly token: string;
  readonly plans: readonly WirePlan[];
  /** Called at every commit with the keys of each plan's list. */
  readonly onCommit: (lists: readonly (readonly string[])[]) => void;
}

/** A tab that always reconnects, using only the wire format. Each of its plans has one node. */
export class ReconnectingTab {
  readonly #options: ReconnectingTabOptions;
  #socket: WebSocket | undefined;
  #position = 0;
  /** The list of each view on the current socket. */
  #lists = new Map<number, string[]>();
  /** The view of each plan, by the plan's index. */
  #views = new Map<number, number>();
  readonly #writes = new Map<
    number,
    { readonly frame: string; readonly settle: (answer: Answer | undefined) => void }
  >();
  #nextWrite = 1;
  #isClosed = false;

  constructor(options: ReconnectingTabOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Resolves with the answer, or with undefined if the connection broke; the write may then have been made. */
  write(write: WireWrite): Promise<Answer | undefined> {
    const id = this.#nextWrite++;
    const frame = JSON.stringify({ type: 'write', id, write, key: randomUUID() });
    return new Promise((settle) => {
      this.#writes.set(id, { frame, settle });
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
      else this.#settle(id, undefined);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const url = `${this.#options.url}?protocol=2&round=${this.#position}`;
    const headers = { authorization: `Bearer ${this.#options.token}` };
    const socket = new WebSocket(url, { headers } as unknown as string[]);
    this.#socket = socket;
    this.#lists = new Map();
    this.#views = new Map();
    let inRound = false;
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.type === 'begin') {
        if (inRound) throw new Error('a round began within a round');
        if (frame.position < this.#position) throw new Error(`went back from ${this.#position} to ${frame.position}`);
        inRound = true;
      }
      if (frame.type === 'commit') {
        inRound = false;
        this.#position = frame.position;
      }
      this.#take(frame);
    });
    socket.addEventListener('close', () => {
      for (const id of [...this.#writes.keys()]) this.#settle(id, undefined);
      setTimeout(() => this.#connect(), 10);
    });
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'hello':
        for (const [id, plan] of this.#options.plans.entries()) {
          this.#socket?.send(JSON.stringify({ type: 'subscribe', id, plan }));
        }
        break;
      case 'subscribed':
        this.#views.set(frame.id, frame.view);
        break;
      case 'snapshot':
        this.#lists.set(frame.view, applied([], frame));
        break;
      case 'delta':
        this.#lists.set(frame.view, applied(this.#lists.get(frame.view) ?? [], frame));
        break;
      case 'commit': {
        const lists = this.#options.plans.map((_, id) => this.#lists.get(this.#views.get(id) ?? -1));
        if (lists.every((list) => list !== undefined)) this.#options.onCommit(lists);
        break;
      }
      case 'written':
      case 'refused':
        this.#settle(frame.id, frame);
        break;
      case 'failed':
      case 'rejected':
        throw new Error(JSON.stringify(frame));
    }
  }

  #settle(id: number, answer: Answer | undefined): void {
    const write = this.#writes.get(id);
    this.#writes.delete(id);
    write?.settle(answer);
  }
}

function applied(before: readonly string[], { lists }: ViewChange): string[] {
  const list = [...before];
  for (const [, , splices] of lists) for (const [at, remove, insert] of splices) list.splice(at, remove, ...insert);
  return list;
}
