/**
 * Finds out what a stuck entry is doing, before it is killed. While it is healthy this costs nothing.
 *
 *   suspended? ──▶ SIGUSR1 ──▶ "Debugger listening" ──▶ stack ──▶ running · waiting
 *                     │           on its stderr            └─ empty ──▶ turn of the loop ──▶ idle
 *                     └── no answer in time ──▶ what /proc tells ──▶ system
 *
 * SIGUSR1 makes Node open its inspector from a thread of its own, also while the main thread never returns; a stack taken
 * there holds the frames of the interrupted code, also in Atomics.wait and in a regular expression. An async function
 * that never lets the loop turn is between two frames whenever it is interrupted: that one has to be paused.
 */

import type { Failure } from '../process/lifecycle.ts';
import { Deadline } from '../terminate/deadline.ts';
import { type Activity, activityOfStack, framesOf } from './activity.ts';
import { type InspectorMessage, InspectorSocket } from './inspector-socket.ts';
import { catchesSigusr1, fileCall, suspension, systemCall } from './kernel-view.ts';

/** Its inspector has a thread of its own, stuck or not, and is there after 10 to 30 ms; on a busy machine after more. */
const INSPECTOR_MS = 2000;
/** A stuck child answers within 10 to 30 ms, one that has to be paused within 100. */
const ANSWER_MS = 900;
/** On a busy machine the answer takes longer in the measure in which the inspector took longer to come up. */
const ANSWER_TO_INSPECTOR = 30;
const MAX_ANSWER_MS = 2900;
/** A loop that turns has turned by then; if not, its code is paused. */
const TURN_MS = 50;

const STACK = 'Error.stackTraceLimit = 40, String(new Error().stack)';
const TURN =
  'new Promise((resolve) => setImmediate(() => resolve([...new Set(process.getActiveResourcesInfo())].join(", "))))';

/** The lines that Node writes about its inspector; they are not the entry's. */
const LISTENING = /Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[\w-]+)$/;
const CHATTER =
  /^(For help, see: https:\/\/nodejs\.org\/|Debugger (attached|ending)|Waiting for the debugger|Starting inspector on)/;

export class Diagnosis {
  /** Resolves within `DIAGNOSIS_MS`, as a rule within two seconds; never rejects. */
  readonly activity: Promise<Activity | undefined>;
  readonly #pid: number;
  /** The call that it was asleep in before it was asked: the signal may wake it from there. */
  readonly #before: Activity | undefined;
  readonly #rootUrl: string;
  readonly #outcome = Promise.withResolvers<Activity | undefined>();
  readonly #asked = performance.now();
  readonly #patience = new Deadline();
  #isSettled = false;
  #pause: NodeJS.Timeout | undefined;
  #hasStepped = false;
  #socket: InspectorSocket | undefined;
  /** By the id of the question. */
  readonly #answers = new Map<number, (value: unknown) => void>();
  readonly #scripts = new Map<unknown, string>();

  /** `rootUrl` is cut off the paths that are told. */
  constructor(pid: number, rootUrl: string) {
    this.#pid = pid;
    this.#rootUrl = rootUrl;
    this.activity = this.#outcome.promise;
    this.#before = fileCall(pid) === undefined ? undefined : systemCall(pid);
    this.#waitFor(INSPECTOR_MS);
    const suspended = suspension(pid);
    if (suspended !== undefined) this.#settle(suspended);
    else if (catchesSigusr1(pid) === false) this.#settle(systemCall(pid));
    else this.#wake();
  }

  /** Takes a line of its stderr, and says whether it is Node's, about the inspector. */
  takes(line: string): boolean {
    const url = LISTENING.exec(line)?.[1];
    if (url === undefined) return CHATTER.test(line);
    if (this.#socket !== undefined || this.#isSettled) return true;
    const slowness = ANSWER_TO_INSPECTOR * (performance.now() - this.#asked);
    this.#waitFor(Math.min(Math.max(ANSWER_MS, slowness), MAX_ANSWER_MS));
    this.#socket = new InspectorSocket(new URL(url), {
      open: () => this.#ask(),
      message: (message) => this.#receive(message),
      // One that a signal woke ends by itself, and says why just before.
      closed: () => this.#before === undefined && this.#settle(undefined),
    });
    return true;
  }

  /** It says that it has failed. A read that the signal interrupted throws, and so tells where it was. */
  failed(failure: Failure): void {
    if (failure.code !== 'EINTR') return;
    const activity = activityOfStack(framesOf(failure.stack ?? '', this.#rootUrl));
    this.#settle(activity && { ...activity, type: 'system' });
  }

  /** There is nothing more to learn: it has ended, or is being killed. */
  end(): void {
    this.#settle(this.#before);
  }

  #waitFor(ms: number): void {
    this.#patience.arm(ms, () => this.#settle(this.#before ?? systemCall(this.#pid)), true);
  }

  #wake(): void {
    try {
      process.kill(this.#pid, 'SIGUSR1');
    } catch {
      this.#settle(undefined);
    }
  }

  #ask(): void {
    // Not even a settled promise could be awaited: no microtask runs while the code that blocks has not returned.
    this.#evaluate(STACK, false, (stack) => {
      const activity = activityOfStack(framesOf(String(stack), this.#rootUrl));
      if (activity !== undefined) return this.#settle(this.#before ? { ...activity, type: 'system' } : activity);
      this.#evaluate(TURN, true, (open) => this.#settle(this.#before ?? idle(String(open))));
      this.#pause = setTimeout(() => {
        this.#socket?.send('Debugger.enable');
        this.#socket?.send('Debugger.pause');
      }, TURN_MS);
    });
  }

  #evaluate(expression: string, awaitPromise: boolean, answered: (value: unknown) => void): void {
    const id = this.#socket?.send('Runtime.evaluate', { expression, awaitPromise, silent: true });
    if (id !== undefined) this.#answers.set(id, answered);
  }

  #receive(message: InspectorMessage): void {
    if (this.#isSettled) return;
    const { id, method } = message;
    if (typeof id === 'number') this.#answers.get(id)?.(at(message, 'result', 'result', 'value'));
    else if (method === 'Debugger.scriptParsed')
      this.#scripts.set(at(message, 'params', 'scriptId'), String(at(message, 'params', 'url')));
    else if (method === 'Debugger.paused') {
      const activity = activityOfStack(this.#pausedFrames(message));
      if (activity === undefined) this.#pauseElsewhere();
      else this.#settle(activity);
    }
  }

  /** Paused in Node's own code, which may be calling the entry's, or be called by a loop that turns: step, and go on. */
  #pauseElsewhere(): void {
    this.#hasStepped = !this.#hasStepped;
    if (this.#hasStepped) return void this.#socket?.send('Debugger.stepInto');
    this.#socket?.send('Debugger.resume');
    this.#pause = setTimeout(() => this.#socket?.send('Debugger.pause'), TURN_MS);
  }

  /** The paused frames in the form of a stack. */
  #pausedFrames(message: InspectorMessage): string[] {
    const frames = at(message, 'params', 'callFrames');
    if (!Array.isArray(frames)) return [];
    const lines = frames.map((frame: unknown) => {
      const url = this.#scripts.get(at(frame, 'location', 'scriptId')) ?? '<anonymous>';
      const [line, column] = ['lineNumber', 'columnNumber'].map((name) => Number(at(frame, 'location', name)) + 1);
      return `at ${at(frame, 'functionName') || '<anonymous>'} (${url}:${line}:${column})`;
    });
    return framesOf(lines.join('\n'), this.#rootUrl);
  }

  #settle(activity: Activity | undefined): void {
    this.#isSettled = true;
    this.#patience.disarm();
    clearTimeout(this.#pause);
    this.#socket?.close();
    this.#outcome.resolve(activity);
  }
}

function idle(open: string): Activity {
  const waits = open === '' ? 'nothing is open' : `open: ${open.slice(0, 300)}`;
  return { type: 'idle', text: `idle: its event loop turns (${waits})` };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}
