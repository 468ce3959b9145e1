/** What a process was doing when it timed out, as seen from outside. */
export interface Activity {
  /**
   * - `running`: it executes JavaScript that does not return to the event loop.
   * - `waiting`: it sleeps in JavaScript's `Atomics.wait`.
   * - `system`: it is in a system call or native code that does not return.
   * - `suspended`: a signal stopped it, or a debugger holds it.
   * - `idle`: its event loop runs.
   */
  readonly type: 'running' | 'waiting' | 'system' | 'suspended' | 'idle';
  /** Description for people, such as `in parse (dist/worker.js:12:5)`. */
  readonly text: string;
  /** The stack, innermost function first, at most 30 frames. Paths inside the root are relative to it. */
  readonly stack?: readonly string[];
}

/**
 * Frames of Node, of the child runtime and of the evaluated expression. SIGUSR1 makes Node emit an event on the main
 * thread.
 */
const NOT_THE_ENTRY = /^at <anonymous>:\d|^at process\.emit \(node:events:|node:internal\/|\/child-runtime\.[jt]s:\d/;
/** The child describes what the entry threw. Its failure follows, so these frames do not show what is stuck. */
const DESCRIBES_FAILURE = /\bat describe \(.*\/child-runtime\.[jt]s:\d/;
const MAX_FRAMES = 30;
const MAX_FRAME_LENGTH = 300;

/**
 * Returns the frames of a V8 stack without those of Node, of the child runtime and of the evaluated expression, with
 * paths relative to `rootUrl`. The number and length of frames are bounded, because the child controls them.
 */
export function framesOf(stack: string, rootUrl: string): string[] {
  if (DESCRIBES_FAILURE.test(stack)) return [];
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !NOT_THE_ENTRY.test(line))
    .map((line) => line.slice(3).replace(rootUrl, '').slice(0, MAX_FRAME_LENGTH));
  return frames.slice(0, MAX_FRAMES);
}

/** Returns the activity that a stack shows, or undefined if it contains only Node's code. */
export function activityOfStack(frames: readonly string[]): Activity | undefined {
  const [innermost] = frames;
  if (innermost === undefined) return undefined;
  const builtin = isBuiltin(innermost) ? innermost.replace(/ \(.*/, '') : undefined;
  const own = frames.find((frame) => !isBuiltin(frame));
  if (own === undefined) return undefined;
  const where = builtin === undefined ? own : `${builtin}, called by ${own}`;
  if (builtin === 'Atomics.wait') return { type: 'waiting', text: `waiting in ${where}`, stack: frames };
  return { type: 'running', text: `in ${where}`, stack: frames };
}

/** A function of the language or of Node: it has no file. */
function isBuiltin(frame: string): boolean {
  return frame.includes('(<anonymous>)') || frame.includes('(node:') || frame.startsWith('node:');
}
