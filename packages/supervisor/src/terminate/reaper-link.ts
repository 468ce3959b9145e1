import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { programPath } from '../programs/program-path.ts';
import type { ReaperLine } from '../programs/reaper.ts';
import { entryEnvironment } from '../spawn/environment.ts';

/**
 * The host's connection to the reaper: reports which process groups are alive. The reaper starts with the first group.
 * If something kills it, a new one starts with all living groups. It does not keep the host alive.
 */
export class ReaperLink {
  readonly #groups = new Set<number>();
  #reaper: ChildProcess | undefined;
  #closed = false;

  add(pid: number): void {
    this.#groups.add(pid);
    if (this.#reaper === undefined) this.#start();
    else this.#send(`+${pid}\n`);
  }

  remove(pid: number): void {
    if (this.#groups.delete(pid)) this.#send(`-${pid}\n`);
  }

  /** Ends the reaper, which kills every group that is still listed. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const reaper = this.#reaper;
    if (reaper === undefined || reaper.exitCode !== null || reaper.signalCode !== null) return;
    reaper.ref();
    await new Promise<void>((resolve) => {
      reaper.once('exit', () => resolve());
      reaper.stdin?.end();
    });
  }

  #start(): void {
    const reaper = spawn(process.execPath, [programPath('reaper')], {
      detached: true, // in its own session: Ctrl+C in the terminal does not reach it
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
      env: entryEnvironment(process.env),
    });
    this.#reaper = reaper;
    reaper.unref();
    if (reaper.stdin instanceof Socket) reaper.stdin.unref();
    reaper.stdin?.on('error', () => {}); // EPIPE: the exit is handled below
    const again = () => {
      if (this.#reaper !== reaper) return;
      this.#reaper = undefined;
      if (!this.#closed && this.#groups.size > 0) setTimeout(() => this.#restart(), 100).unref();
    };
    reaper.once('exit', again);
    reaper.once('error', again);
    for (const pid of this.#groups) this.#send(`+${pid}\n`);
  }

  #restart(): void {
    if (this.#reaper === undefined && !this.#closed && this.#groups.size > 0) this.#start();
  }

  #send(line: ReaperLine): void {
    this.#reaper?.stdin?.write(line);
  }
}
