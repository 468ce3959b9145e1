import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SPOOKY = join(ROOT, 'packages/cli/bin/spooky.js');

/** The addresses of the parts of a stack. */
export interface Urls {
  readonly web: string;
  readonly api: string;
  readonly gateway: string;
  readonly database: string;
}

/** One line of `spooky dev --json`. */
export type StackEvent =
  | { event: 'process'; name: string; state: string; pid?: number }
  | { event: 'ready'; urls: Urls; elapsedMs: number }
  | { event: 'log'; name: string; line: string }
  | { event: 'stopped' };

export interface StackOptions {
  /** Variables that are added to the stack's environment. */
  env?: Record<string, string>;
  /** A data folder to reuse. Default: a temporary one, removed at the end. */
  data?: string;
  /** Another sp00ky.yml. */
  config?: string;
  /** Start it by `npm run dev`, as the README says, in a separate process group, as a terminal does. */
  byNpm?: boolean;
}

/** The real stack under `spooky dev --json`, on free ports, with its own database and secrets. */
export class Stack {
  readonly urls: Urls;
  readonly elapsedMs: number;
  readonly secrets: Record<string, string>;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #events: StackEvent[];
  readonly #bus: EventEmitter;
  readonly #temporary: string | undefined;

  private constructor(parts: {
    child: ChildProcess;
    pid: number;
    ready: Extract<StackEvent, { event: 'ready' }>;
    events: StackEvent[];
    bus: EventEmitter;
    secrets: Record<string, string>;
    temporary: string | undefined;
  }) {
    this.#child = parts.child;
    this.pid = parts.pid;
    this.urls = parts.ready.urls;
    this.elapsedMs = parts.ready.elapsedMs;
    this.secrets = parts.secrets;
    this.#events = parts.events;
    this.#bus = parts.bus;
    this.#temporary = parts.temporary;
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const temporary = options.data === undefined ? await mkdtemp(join(tmpdir(), 'spookify-e2e-')) : undefined;
    const secrets = freshSecrets();
    const flags = ['--json', '--ports', 'free', ...(options.config ? ['--config', options.config] : [])];
    const child = spawn(
      options.byNpm ? 'npm' : process.execPath,
      options.byNpm ? ['run', '--silent', 'dev', '--', ...flags] : [SPOOKY, 'dev', ...flags],
      {
        detached: options.byNpm ?? false,
        cwd: ROOT,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          TMPDIR: process.env.TMPDIR,
          // Empty is unset: a key in the developer's own .env must not reach these runs.
          OPENAI_API_KEY: '',
          OPENAI_BASE_URL: '',
          OPENAI_MODEL: '',
          ...secrets,
          SPOOKY_DATA: options.data ?? join(temporary ?? '', 'db'),
          ...options.env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const bus = new EventEmitter();
    const events: StackEvent[] = [];
    const errors: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as StackEvent;
      events.push(event);
      bus.emit('event', event);
    });
    createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
    const ready = await new Promise<Extract<StackEvent, { event: 'ready' }>>((resolve, reject) => {
      bus.on('event', (event: StackEvent) => event.event === 'ready' && resolve(event));
      child.once('exit', (code, signal) =>
        reject(new Error(`spooky dev ended (${code ?? signal}) before it was ready:\n${tail(events, errors)}`)),
      );
    });
    return new Stack({
      child,
      pid: child.pid ?? 0,
      ready,
      events,
      bus,
      secrets,
      temporary,
    });
  }

  /** Returns the id of the process that currently runs as `name`, once it runs. */
  async processId(name: string): Promise<number> {
    const event = await this.waitFor(
      (one) => one.event === 'process' && one.name === name && one.state === 'running',
      'last',
    );
    if (event.event !== 'process' || event.pid === undefined) throw new Error(`${name} has no process id`);
    return event.pid;
  }

  /** Kills the process group of `name` as a crash would, and resolves when another process has replaced it. */
  async crash(name: string): Promise<void> {
    const pid = await this.processId(name);
    const back = this.waitFor(
      (one) => one.event === 'process' && one.name === name && one.state === 'running' && one.pid !== pid,
      'next',
    );
    process.kill(-pid, 'SIGKILL');
    await back;
  }

  /** Returns everything that `name` has printed so far. */
  output(name: string): string {
    return this.#events.flatMap((one) => (one.event === 'log' && one.name === name ? [one.line] : [])).join('\n');
  }

  /**
   * Ends the stack with `signal` and resolves with the exit code. `to: 'group'` does what a terminal does: npm, its shell
   * and `spooky` all get the signal.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM', to: 'process' | 'group' = 'process'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'close');
      process.kill(to === 'group' ? -this.pid : this.pid, signal);
      await ended;
    }
    if (this.#temporary) await rm(this.#temporary, { recursive: true, force: true });
    return this.#child.exitCode;
  }

  /** Whether `spooky` reported that everything has ended. */
  get saidStopped(): boolean {
    return this.#events.some((one) => one.event === 'stopped');
  }

  /** Returns every process id that this stack has reported. */
  processIds(): number[] {
    return this.#events.flatMap((one) => (one.event === 'process' && one.pid !== undefined ? [one.pid] : []));
  }

  async waitFor(matches: (event: StackEvent) => boolean, from: 'last' | 'next'): Promise<StackEvent> {
    const seen = from === 'last' ? this.#events.findLast(matches) : undefined;
    if (seen) return seen;
    return new Promise((resolve) => {
      const listener = (event: StackEvent) => {
        if (!matches(event)) return;
        this.#bus.off('event', listener);
        resolve(event);
      };
      this.#bus.on('event', listener);
    });
  }
}

function freshSecrets(): Record<string, string> {
  const names = [
    ...['API_AUTH_TOKEN', 'SURREAL_PASS', 'SPOOKY_GATEWAY_KEY'],
    ...['SPOOKY_RUNNER_PASSWORD', 'SPOOKY_API_PASSWORD', 'SPOOKY_GATEWAY_PASSWORD'],
  ];
  const random = Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('base64url')]));
  return { ...random, SURREAL_USER: 'root' };
}

function tail(events: StackEvent[], errors: string[]): string {
  const lines = events.map((one) => (one.event === 'log' ? `[${one.name}] ${one.line}` : JSON.stringify(one)));
  return [...lines.slice(-30), ...errors.slice(-20)].join('\n');
}
