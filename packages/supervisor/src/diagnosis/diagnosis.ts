/**
 * Finds out what a stuck entry is doing before it is killed. A healthy entry pays nothing for it.
 *
 *   suspended? ──▶ SIGUSR1 ──▶ "Debugger listening" ──▶ stack ──▶ running · waiting
 *                     │           on its stderr            └─ empty ──▶ setImmediate ran ──▶ idle
 *                     └── no answer in time ──▶ what /proc shows ──▶ system
 *
 * SIGUSR1 makes Node open its inspector in a separate thread, even if the main thread never returns. A stack taken
 * there has the frames of the interrupted code, also inside Atomics.wait and a regular expression. An async function
 * that never lets the event loop run is between two frames whenever it is interrupted, so its stack is empty. It has to
 * be paused by the debugger.
 */

import type { Failure } from '../process/lifecycle.ts';
import { Deadline } from '../terminate/deadline.ts';
import { type Activity, activityOfStack, framesOf } from './activity.ts';
import { type InspectorMessage, InspectorSocket } from './inspector-socket.ts';
import { catchesSigusr1, fileCall, suspension, systemCall } from './proc-status.ts';

/** Time for the inspector to start. It needs 10 to 30 ms, more on a busy machine. */
const INSPECTOR_MS = 2000;
/** Time for the answer. A stuck child needs 10 to 30 ms, or up to 100 ms if it has to be paused. */
const ANSWER_MS = 900;
/** On a busy machine the answer is slow in proportion to the start of the inspector. This is the factor. */
const ANSWER_TO_INSPECTOR = 30;
const MAX_ANSWER_MS = 2900;
/** A running event loop has completed an iteration by then. If it has not, the code is paused. */
const LOOP_MS = 50;

const STACK_EXPRESSION = 'Error.stackTraceLimit = 100, String(new Error().stack)';
const LOOP_EXPRESSION =
  'new Promise((resolve) => setImmediate(() => resolve([...new Set(process.getActiveResourcesInfo())].join(", "))))';

/** Lines that Node writes about its inspector. They do not come from the entry. */
const LISTENING = /Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[\w-]+)$/;
const INSPECTOR_LINES =
  /^(For help, see: https:\/\/nodejs\.org\/|Debugger (attached|ending)|Waiting for the debugger|Starting inspector on)/;

export class Diagnosis {
  /** Resolves within `DIAGNOSIS_MS`, usually within two seconds. Never rejects. */
  readonly activity: Promise<Activity | undefined>;
  readonly #pid: number;
  /** The system call that the child was in before SIGUSR1, because the signal may interrupt that call. */
  readonly #before: Activity | undefined;
  readonly #rootUrl: string;
  readonly #outcome = Promise.withResolvers<Activity | undefined>();
  readonly #asked = performance.now();
  readonly #timeout = new Deadline();
  #isSettled = false;
  #pause: NodeJS.Timeout | undefined;
  #hasStepped = false;
  #socket: InspectorSocket | undefined;
  /** Handlers of the answers, by the id of the request. */
  readonly #answers = new Map<number, (value: unknown) => void>();
  readonly #scripts = new Map<unknown, string>();

  /** `rootUrl` is removed from the paths of the result. */
  constructor(pid: number, rootUrl: string) {
    this.#pid = pid;
    this.#rootUrl = rootUrl;
    this.activity = this.#outcome.promise;
    this.#before = fileCall(pid) === undefined ? undefined : systemCall(pid);
    this.#waitFor(INSPECTOR_MS);
    const suspended = suspension(pid);
    if (suspended !== undefined) this.#settle(suspended);
    else if (catchesSigusr1(pid) === false) this.#settle(systemCall(pid));
    else this.#signal();
  }

  /** Processes a line of the child's stderr. Returns whether Node wrote it about its inspector. */
  consumeLine(line: string): boolean {
    const url = LISTENING.exec(line)?.[1];
    if (url === undefined) return INSPECTOR_LINES.test(line);
    if (this.#socket !== undefined || this.#isSettled) return true;
    const slowness = ANSWER_TO_INSPECTOR * (performance.now() - this.#asked);
    this.#waitFor(Math.min(Math.max(ANSWER_MS, slowness), MAX_ANSWER_MS));
    this.#socket = new InspectorSocket(new URL(url), {
      open: () => this.#ask(),
      message: (message) => this.#receive(message),
      // A child whose system call was interrupted ends by itself and reports that call just before.
      closed: () => this.#before === undefined && this.#settle(undefined),
    });
    return true;
  }

  /** The child reported a failure. A read that SIGUSR1 interrupted throws EINTR, and its stack shows where. */
  childFailed(failure: Failure): void {
    if (failure.code !== 'EINTR') return;
    const activity = activityOfStack(framesOf(failure.detail?.stack ?? '', this.#rootUrl));
    this.#settle(activity && { ...activity, type: 'system' });
  }

  /** Ends the diagnosis: the child has exited or is being killed. */
  end(): void {
    this.#settle(this.#before);
  }

  #waitFor(ms: number): void {
    this.#timeout.arm(ms, () => this.#settle(this.#before ?? systemCall(this.#pid)), true);
  }

  #signal(): void {
    try {
      process.kill(this.#pid, 'SIGUSR1');
    } catch {
      this.#settle(undefined);
    }
  }

  #ask(): void {
    // `awaitPromise` must be false: microtasks do not run until the blocking code returns.
    this.#evaluate(STACK_EXPRESSION, false, (stack) => {
      const activity = activityOfStack(framesOf(String(stack), this.#rootUrl));
      if (activity !== undefined) return this.#settle(this.#before ? { ...activity, type: 'system' } : activity);
      this.#evaluate(LOOP_EXPRESSION, true, (open) => {
        // After an interrupted system call, the failure that follows names the call. Otherwise the time runs out.
        if (this.#before === undefined) this.#settle(idle(String(open)));
      });
      this.#pause = setTimeout(() => {
        this.#socket?.send('Debugger.enable');
        this.#socket?.send('Debugger.pause');
      }, LOOP_MS);
    });
  }

  #evaluate(expression: string, awaitPromise: boolean, answered: (value: unknown) => void): void {
    const id = this.#socket?.send('Runtime.evaluate', { expression, awaitPromise, silent: true });
    if (id !== undefined) this.#answers.set(id, answered);
  }

  #receive(message: InspectorMessage): void {
    if (this.#isSettled) return;
    const { id, method } = message;
    if (typeof id === 'number') this.#answers.get(id)?.(valueAt(message, 'result', 'result', 'value'));
    else if (method === 'Debugger.scriptParsed')
      this.#scripts.set(valueAt(message, 'params', 'scriptId'), String(valueAt(message, 'params', 'url')));
    else if (method === 'Debugger.paused') {
      const activity = activityOfStack(this.#pausedFrames(message));
      if (activity === undefined) this.#pauseElsewhere();
      else this.#settle(activity);
    }
  }

  /**
   * The code is paused inside Node, which may be about to call the entry or may belong to a running event loop. Steps
   * into the next call once, then resumes and pauses again later.
   */
  #pauseElsewhere(): void {
    this.#hasStepped = !this.#hasStepped;
    if (this.#hasStepped) return void this.#socket?.send('Debugger.stepInto');
    this.#socket?.send('Debugger.resume');
    this.#pause = setTimeout(() => this.#socket?.send('Debugger.pause'), LOOP_MS);
  }

  /** Returns the frames of a paused event in the format of a stack. */
  #pausedFrames(message: InspectorMessage): string[] {
    const frames = valueAt(message, 'params', 'callFrames');
    if (!Array.isArray(frames)) return [];
    const lines = frames.map((frame: unknown) => {
      const url = this.#scripts.get(valueAt(frame, 'location', 'scriptId')) ?? '<anonymous>';
      const [line, column] = ['lineNumber', 'columnNumber'].map((name) => Number(valueAt(frame, 'location', name)) + 1);
      return `at ${valueAt(frame, 'functionName') || '<anonymous>'} (${url}:${line}:${column})`;
    });
    return framesOf(lines.join('\n'), this.#rootUrl);
  }

  #settle(activity: Activity | undefined): void {
    this.#isSettled = true;
    this.#timeout.disarm();
    clearTimeout(this.#pause);
    this.#socket?.close();
    this.#outcome.resolve(activity);
  }
}

function idle(open: string): Activity {
  const waits = open === '' ? 'nothing is open' : `open: ${open.slice(0, 300)}`;
  return { type: 'idle', text: `idle: its event loop runs (${waits})` };
}

function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
