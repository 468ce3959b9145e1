import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import type { ClientFrame, ServerFrame } from '../wire/frames.ts';

type FrameOf<Type extends ServerFrame['type']> = ServerFrame & { readonly type: Type };

/** A client without logic: it sends what the test gives it and keeps what arrives. */
export interface TestSocket {
  readonly socket: WebSocket;
  /** Every frame that arrived, in order. */
  readonly frames: readonly ServerFrame[];
  send(frame: ClientFrame): void;
  /** Sends any text or bytes. */
  sendRaw(data: string | Buffer): void;
  /**
   * The first frame of this type that `accept` allows, whether it has arrived or is still to come. Rejects if the
   * socket closes first.
   */
  frame<Type extends ServerFrame['type']>(
    type: Type,
    accept?: (frame: FrameOf<Type>) => boolean,
  ): Promise<FrameOf<Type>>;
  /**
   * Sends a write and returns its `written` or `refused`.
   *
   * @param key Default: a new one
   */
  write(write: unknown, key?: string): Promise<FrameOf<'written'> | FrameOf<'refused'>>;
  /** When and why the socket closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): void;
}

/** Resolves when the socket is open. Rejects with the HTTP status if the upgrade is refused. */
export function connectSocket(url: string, headers: Record<string, string>): Promise<TestSocket> {
  const socket = new WebSocket(url, { headers });
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const check = (): void => {
    for (const look of [...waiting]) look();
  };
  let isClosed = false;
  let lastId = 1_000_000;
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as ServerFrame);
    check();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      isClosed = true;
      resolve({ code, reason: reason.toString() });
      check();
    });
  });

  /** Resolves with the first result of `find`, now or later. */
  const wait = <Found>(find: () => Found | undefined): Promise<Found> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined && !isClosed) return;
        waiting.delete(look);
        if (found === undefined) reject(new Error('the socket closed before the frame'));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });

  const made: TestSocket = {
    socket,
    frames,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendRaw: (data) => socket.send(data),
    frame: (type, accept = () => true) => {
      type Frame = FrameOf<typeof type>;
      return wait(() => frames.find((frame): frame is Frame => frame.type === type && accept(frame as Frame)));
    },
    write(write, key = randomUUID()) {
      lastId += 1;
      const id = lastId;
      socket.send(JSON.stringify({ type: 'write', id, write, key }));
      type Answer = FrameOf<'written'> | FrameOf<'refused'>;
      return wait(() =>
        frames.find(
          (frame): frame is Answer => (frame.type === 'written' || frame.type === 'refused') && frame.id === id,
        ),
      );
    },
    closed,
    close: () => socket.close(),
  };
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(made));
    socket.on('unexpected-response', (_request, { statusCode }) => {
      reject(new Error(`the upgrade was refused with ${statusCode}`));
      socket.terminate();
    });
    socket.on('error', (error) => reject(error));
  });
}
