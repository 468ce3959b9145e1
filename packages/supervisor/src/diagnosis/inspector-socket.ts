import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** An answer to a message that was sent, or an event. Anything may be in it: the child may not be honest. */
export type InspectorMessage = Readonly<Record<string, unknown>>;

interface InspectorListener {
  open(): void;
  message(message: InspectorMessage): void;
  /** Once, however it ends. */
  closed(): unknown;
}

/** More has no business here: an answer is a stack, an event the name of a script. */
const MAX_BYTES = 1024 * 1024;

/**
 * Just enough WebSocket to talk to the inspector of a child on loopback: one text frame for each message. Node's own
 * WebSocket and `ws` take 40 to 80 ms to load, which the host would pay at the moment in which a child is stuck; for
 * this, `net` is loaded already.
 */
export class InspectorSocket {
  readonly #socket: Socket;
  readonly #listener: InspectorListener;
  #open = false;
  #unread: Buffer = Buffer.alloc(0);
  #id = 0;

  constructor(url: URL, listener: InspectorListener) {
    this.#listener = listener;
    this.#socket = connect({ host: '127.0.0.1', port: Number(url.port), noDelay: true });
    this.#socket.write(
      `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', () => {}); // the close that follows is enough
    this.#socket.once('close', () => listener.closed());
  }

  /** Returns the id that the answer will carry. Only once it is open. */
  send(method: string, params: object = {}): number {
    this.#id += 1;
    const payload = Buffer.from(JSON.stringify({ id: this.#id, method, params }));
    const header = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]); // mask of zeros
    this.#socket.write(Buffer.concat([header, payload]));
    return this.#id;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (this.#unread.length > MAX_BYTES) {
      this.close();
      return;
    }
    if (!this.#open) {
      const end = this.#unread.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.#unread = this.#unread.subarray(end + 4);
      this.#open = true;
      this.#listener.open();
    }
    for (let frame = this.#frame(); frame !== undefined; frame = this.#frame()) {
      const message: unknown = parse(frame);
      if (typeof message === 'object' && message !== null) this.#listener.message(message as InspectorMessage);
    }
  }

  /** The payload of the next whole frame. A server does not mask; Node's does not split. */
  #frame(): Buffer | undefined {
    const data = this.#unread;
    if (data.length < 2) return undefined;
    const short = data.readUInt8(1) & 0x7f;
    const start = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (data.length < start) return undefined;
    const length = short === 127 ? Number(data.readBigUInt64BE(2)) : short === 126 ? data.readUInt16BE(2) : short;
    if (data.length < start + length) return undefined;
    this.#unread = data.subarray(start + length);
    return data.subarray(start, start + length);
  }
}

function parse(frame: Buffer): unknown {
  try {
    return JSON.parse(frame.toString());
  } catch {
    return undefined;
  }
}
