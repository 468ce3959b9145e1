import { PROTOCOL, type ServerFrame } from '@spookify/gateway/wire';

/** A WebSocket whose other end is the test. */
export class StubWebSocket extends EventTarget {
  readonly sent: { readonly type: string; readonly [member: string]: unknown }[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  /** The gateway sends data. */
  say(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }

  /** The gateway sends a frame. */
  frame(frame: ServerFrame): void {
    this.say(JSON.stringify(frame));
  }

  /** The gateway sends hello. */
  hello(user = 'ada', more: Partial<Extract<ServerFrame, { type: 'hello' }>> = {}): void {
    this.frame({
      type: 'hello',
      protocol: PROTOCOL,
      user: { $r: ['user', user] },
      renewInMs: 3_600_000,
      namespace: 'main',
      database: 'spookify',
      ...more,
    });
  }

  /** The gateway or the network closes the socket. */
  end(code: number, reason = ''): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }));
  }
}
