/** A hand-made client of the gateway, such as an attacker with an account could write. */

type Frame = { readonly type: string; readonly [member: string]: unknown };

export interface Account {
  readonly username: string;
  readonly password: string;
}

export class RawSocket {
  readonly #socket: WebSocket;
  readonly #frames: Frame[] = [];
  readonly #waiting = new Set<() => void>();
  #closed: Error | undefined;
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.#frames.push(JSON.parse(String(data)) as Frame);
      for (const look of [...this.#waiting]) look();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.#closed = new Error(`closed: ${code} ${reason}`);
      for (const look of [...this.#waiting]) look();
    });
  }

  /** Signs in as a program that is not a browser, and opens a socket with the token. */
  static async open(gateway: string, { username, password }: Account): Promise<RawSocket> {
    const response = await fetch(new URL('/spooky/sign-in', gateway), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access: 'account', variables: { username, password } }),
    });
    const { token } = (await response.json()) as { token?: string };
    const url = new URL('/spooky/socket?protocol=2', gateway.replace(/^http/, 'ws'));
    const init = { headers: { authorization: `Bearer ${token}` } };
    const raw = new RawSocket(new WebSocket(url, init as unknown as string[]));
    await raw.#wait(({ type }) => type === 'hello');
    return raw;
  }

  /** Returns the rows of a plan's first snapshot, or the code of the error. */
  async read(plan: object): Promise<unknown[] | string> {
    const id = this.#next++;
    this.#send({ type: 'subscribe', id, plan });
    const answer = await this.#wait((frame) => frame.id === id && ['subscribed', 'rejected'].includes(frame.type));
    if (answer.type === 'rejected') return (answer.error as { code: string }).code;
    const { view } = answer;
    const shown = await this.#wait((frame) => frame.view === view && ['snapshot', 'failed'].includes(frame.type));
    this.#send({ type: 'unsubscribe', id });
    return shown.type === 'failed' ? (shown.error as { code: string }).code : (shown.rows as unknown[]);
  }

  /** Returns `written`, or the code of the error. */
  async write(write: object): Promise<string> {
    const id = this.#next++;
    this.#send({ type: 'write', id, write, key: crypto.randomUUID() });
    const answer = await this.#wait((frame) => frame.id === id && ['written', 'refused'].includes(frame.type));
    return answer.type === 'refused' ? (answer.error as { code: string }).code : 'written';
  }

  close(): void {
    this.#socket.close();
  }

  #send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #wait(matches: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const at = this.#frames.findIndex(matches);
        const [found] = at < 0 ? [] : this.#frames.splice(at, 1);
        if (found === undefined && this.#closed === undefined) return;
        this.#waiting.delete(look);
        if (found === undefined) reject(this.#closed);
        else resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
