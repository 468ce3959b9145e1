import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const SPOOKY = path.resolve(import.meta.dirname, '../../bin/spooky.js');

/** A module for `--import`: SIGUSR2 makes the command throw an uncaught error. */
export const CRASH = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => { throw new Error('a fault of its own'); })")}`;

/** One line of `spooky … --json`. */
export interface SpookyEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface SpookyOptions {
  /** Options of Node. */
  readonly execArgv?: readonly string[];
  /** The program to run the command in. Signals go to that program. */
  readonly inside?: keyof typeof INSIDE;
}

const INSIDE = {
  /** A new terminal, which closes when this process is killed. Linux only, because it needs `script` of util-linux. */
  terminal: (line: string) => ['script', '--quiet', '--flush', '--return', '--command', `exec ${line}`, '/dev/null'],
  /** npm, as in `npm run dev`. Because of `true &&`, the shell stays between npm and the command. */
  npm: (line: string) => ['npm', 'exec', '--offline', '--no-update-notifier', '--call', `true && ${line}`],
};

function lineOf(command: readonly string[]): string {
  return command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

/** A real `spooky` command in a child process. Needs the built package. */
export class SpookyProcess {
  readonly events: SpookyEvent[] = [];
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;
  readonly #bus = new EventEmitter();
  #text = '';

  constructor(
    args: readonly string[],
    cwd: string,
    env: Record<string, string> = {},
    { execArgv = [], inside }: SpookyOptions = {},
  ) {
    const { PATH, HOME } = process.env;
    const command = [process.execPath, ...execArgv, SPOOKY, ...args];
    const [program = '', ...rest] = inside === undefined ? command : INSIDE[inside](lineOf(command));
    this.child = spawn(program, rest, {
      cwd,
      env: { ...(PATH && { PATH }), ...(HOME && { HOME }), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.child, 'close').then(([code, signal]) => code ?? signal);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
    void this.exited.then(() => this.#bus.emit('end'));
  }

  /** Everything that the command has written so far to both streams. */
  get text(): string {
    return this.#text;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for a matching event after `others` earlier ones. Events of the past count. Rejects if the command ends without it. */
  waitFor(matches: (event: SpookyEvent) => boolean, others = 0): Promise<SpookyEvent> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.events.filter(matches)[others];
        if (found === undefined) return;
        this.#bus.off('event', look).off('end', ended);
        resolve(found);
      };
      const ended = () => reject(new Error(`spooky ended without it:\n${this.#text}`));
      this.#bus.on('event', look).once('end', ended);
      look();
    });
  }

  ready(): Promise<SpookyEvent> {
    return this.waitFor(({ event }) => event === 'ready');
  }

  /** Waits until the process `name` runs after this number of restarts, and returns its process id. */
  async running(name: string, restarts = 0): Promise<number> {
    const found = await this.waitFor(
      (one) => one.event === 'process' && one.name === name && one.state === 'running' && one.restarts === restarts,
    );
    return Number(found.pid);
  }

  /** The ids of all processes that the command has reported. */
  get processIds(): number[] {
    return [...new Set(this.events.flatMap(({ pid }) => (typeof pid === 'number' ? [pid] : [])))];
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.child.kill(signal);
    return this.exited;
  }

  #take(line: string): void {
    this.#text += `${line}\n`;
    if (!line.startsWith('{"event":')) return;
    this.events.push(JSON.parse(line));
    this.#bus.emit('event');
  }
}
