/** A client that sends any bytes and reads the envelopes itself. */
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { codec } from '../protocol/codec.ts';

export interface RawAnswer {
  id?: unknown;
  result?: unknown;
  session?: unknown;
  error?: { code: number; kind: string; message: string };
}

export class RawClient {
  readonly socket: WebSocket;
  readonly answers: RawAnswer[] = [];
  readonly #waiting: ((answer: RawAnswer) => void)[] = [];

  private constructor(url: string, protocol: string, options: ClientOptions) {
    this.socket = new WebSocket(url, protocol === '' ? [] : [protocol], options);
    this.socket.on('message', (data: Buffer) => {
      const json = this.socket.protocol !== 'cbor';
      const answer = (json ? JSON.parse(data.toString()) : codec.decode(new Uint8Array(data))) as RawAnswer;
      this.answers.push(answer);
      const isNotification = answer.id === undefined && answer.error === undefined;
      if (!isNotification) this.#waiting.shift()?.(answer);
    });
    this.socket.on('error', () => {});
  }

  static async connect(url: string, protocol = 'cbor', options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(url, protocol, options);
    onTestFinished(() => client.socket.terminate());
    await once(client.socket, 'open');
    return client;
  }

  /** Sends bytes or text and resolves with the next answer, whichever request it belongs to. */
  send(message: Uint8Array | string): Promise<RawAnswer> {
    const answer = new Promise<RawAnswer>((resolve) => this.#waiting.push(resolve));
    this.socket.send(message);
    return answer;
  }

  call(method: string, params: unknown[] = [], rest: object = {}): Promise<RawAnswer> {
    return this.send(codec.encode({ id: 'raw', method, params, ...rest }));
  }
}
