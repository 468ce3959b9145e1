import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** An answer or an event of the inspector. The content is not trusted, because it comes from the child. */
export type InspectorMessage = Readonly<Record<string, unknown>>;

interface InspectorListener {
  open(): void;
  message(message: InspectorMessage): void;
  /** Called once, however the connection ends. */
  closed(): unknown;
}

/** Maximum size of unread data. A normal answer is a stack, a normal event the name of a script. */
const MAX_BYTES = 1024 * 1024;

/**
 * The minimum of the WebSocket protocol that is needed to talk to a child's inspector on loopback: one text frame per
 * message. Node's WebSocket and `ws` take 40 to 80 ms to load, which the host would pay at the moment when a child is
 * stuck. `net` is already loaded.
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
    this.#socket.on('error', () => {}); // the `close` event follows
    this.#socket.once('close', () => listener.closed());
  }

  /** Sends a request and returns its id. The connection must be open. */
  send(method: string, params: object = {}): number {
    this.#id += 1;
    const payload = Buffer.from(JSON.stringify({ id: this.#id, method, params }));
    const header = Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]); // zero mask
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

  /**
   * Returns the payload of the next complete frame. A server does not mask its frames, and Node does not fragment them.
   */
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
