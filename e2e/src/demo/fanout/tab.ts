import type { ServerFrame, WirePlan, WireWrite } from '@spookify/gateway/wire';
import type { Person } from './people.ts';

type Written = Extract<ServerFrame, { type: 'written' | 'refused' }>;

/** The queries of a tab of the web app: a thread with its jobs, and the list. */
export function plansOf(thread: string): WirePlan[] {
  const related = [
    { name: 'author', many: false, field: 'author', plan: { table: 'user' } },
    {
      name: 'jobs',
      many: true,
      field: 'assigned_to',
      plan: { table: 'job', orderBy: [{ field: 'created_at', descending: true }], limit: 1 },
    },
  ];
  const where = { field: 'id', is: 'eq', value: { $r: ['thread', thread] } } as const;
  const newest = [{ field: 'created_at', descending: true }];
  return [
    { table: 'thread', where, related, single: true },
    { table: 'thread', orderBy: newest, limit: 20, related: related.slice(0, 1) },
  ];
}

/** A connected tab that uses only the wire format, so the cost of the client library is not measured. */
export class Tab {
  readonly #socket: WebSocket;
  /** Rejects when the socket is closed. */
  readonly #closed = Promise.withResolvers<never>();
  readonly #writes = new Map<number, (frame: Written) => void>();
  #nextWrite = 1;
  /** The frames of the round that is arriving. */
  #coming: string[] = [];
  #seek: { readonly text: string; readonly found: () => void } | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    // It is possible that no caller waits for this promise.
    this.#closed.promise.catch(() => undefined);
    socket.addEventListener('close', ({ code, reason }) =>
      this.#closed.reject(new Error(`the socket was closed: ${code} ${reason}`)),
    );
  }

  static async open(gateway: string, { token, thread }: Person, subscribe: boolean): Promise<Tab> {
    const url = `${gateway.replace(/^http/, 'ws')}/spooky/socket?protocol=2`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } } as unknown as string[]);
    const tab = new Tab(socket);
    const ready = Promise.withResolvers<void>();
    socket.addEventListener('message', ({ data }) => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      if (frame.type === 'hello') {
        if (!subscribe) return ready.resolve();
        for (const [id, plan] of plansOf(String(thread.id)).entries()) tab.#send({ type: 'subscribe', id, plan });
      } else if (frame.type === 'begin') {
        tab.#coming = [];
      } else if (frame.type === 'commit') {
        ready.resolve();
        tab.#look();
      } else if (frame.type === 'written' || frame.type === 'refused') {
        tab.#writes.get(frame.id)?.(frame);
        tab.#writes.delete(frame.id);
      } else if (frame.type === 'failed' || frame.type === 'rejected') {
        ready.reject(new Error(JSON.stringify(frame)));
      } else {
        tab.#coming.push(String(data));
      }
    });
    await Promise.race([ready.promise, tab.#closed.promise]);
    return tab;
  }

  /** Resolves when a complete round that contains this text has arrived. One call at a time. */
  shows(text: string): Promise<void> {
    const { promise, resolve: found } = Promise.withResolvers<void>();
    this.#seek = { text, found };
    return Promise.race([promise, this.#closed.promise]);
  }

  /** Resolves when the write is durable. */
  async write(write: WireWrite): Promise<void> {
    const id = this.#nextWrite++;
    const answered = new Promise<Written>((resolve) => this.#writes.set(id, resolve));
    this.#send({ type: 'write', id, write, key: crypto.randomUUID() });
    const answer = await Promise.race([answered, this.#closed.promise]);
    if (answer.type === 'refused') throw new Error(JSON.stringify(answer));
  }

  close(): void {
    this.#socket.close();
  }

  #look(): void {
    const { text, found } = this.#seek ?? {};
    if (text === undefined || !this.#coming.some((frame) => frame.includes(text))) return;
    this.#seek = undefined;
    found?.();
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }
}
