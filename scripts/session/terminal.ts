import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

const SPOOKY = path.resolve(import.meta.dirname, '../../packages/cli/bin/spooky.js');
/** A line that has not arrived after this time will not arrive. */
const PATIENCE_MS = 60_000;

/** A real `spooky` command, and every line that it writes to either stream. Needs the built package. */
export class Terminal {
  readonly lines: string[] = [];
  readonly #exited: Promise<number | string>;
  readonly #child: ChildProcess;
  readonly #bus = new EventEmitter();

  constructor(args: readonly string[], cwd: string) {
    const { HOME } = process.env;
    // Nothing else of this shell may appear in the recording: no keys, no colours, no npm.
    const env = {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      ...(HOME && { HOME }),
    };
    this.#child = spawn(process.execPath, [SPOOKY, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exited = once(this.#child, 'close').then(([code, signal]) => code ?? signal);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(stripVTControlCharacters(line));
        this.#bus.emit('line');
      });
    }
  }

  /** Returns the lines from `start` on, once each of these has arrived. Rejects if the command ends without one of them. */
  async until(start: number, ...wanted: RegExp[]): Promise<string[]> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    const missing = () => wanted.find((one) => !this.lines.slice(start).some((line) => one.test(line)));
    while (missing() !== undefined) {
      const next = once(this.#bus, 'line', { signal: late }).then(() => true);
      const more = await Promise.race([next, this.#exited.then(() => false)]).catch(() => false);
      if (!more && missing() !== undefined) throw new Error(`no line like ${missing()}:\n${this.lines.join('\n')}`);
    }
    return this.lines.slice(start);
  }

  /** Sends Ctrl+C. Returns the lines from the one that reports it; the end of earlier output can come before it. */
  async interrupt(): Promise<string[]> {
    const start = this.lines.length;
    this.#child.kill('SIGINT');
    await this.#exitWith(0);
    const lines = this.lines.slice(start);
    return ['^C', ...lines.slice(lines.findIndex((line) => line.includes('Ctrl+C:')))];
  }

  /** Ends the command, in any state. */
  async close(): Promise<void> {
    this.#child.kill();
    await this.#exited;
  }

  /** Runs a command to its end and returns the typed command and its lines. */
  static async run(cwd: string, exitCode: number, ...args: string[]): Promise<string[]> {
    const terminal = new Terminal(args, cwd);
    await terminal.#exitWith(exitCode);
    return [`$ spooky ${args.join(' ')}`, ...terminal.lines];
  }

  async #exitWith(wanted: number): Promise<void> {
    const code = await this.#exited;
    if (code !== wanted) throw new Error(`ended with ${code}, not with ${wanted}:\n${this.lines.join('\n')}`);
  }
}
