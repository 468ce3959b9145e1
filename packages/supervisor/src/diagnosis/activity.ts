/** What a process that timed out was doing, as far as could be seen from outside. */
export interface Activity {
  /**
   * - `running`: in JavaScript that does not return to the event loop.
   * - `waiting`: asleep in JavaScript's own `Atomics.wait`.
   * - `system`: in a call of the system or of native code that does not return.
   * - `suspended`: stopped by a signal, or held by a debugger.
   * - `idle`: its event loop turns.
   */
  readonly type: 'running' | 'waiting' | 'system' | 'suspended' | 'idle';
  /** For people: `in parse (dist/worker.js:12:5)`. */
  readonly text: string;
  /** The innermost function first, at most 30; paths relative to the root where they lie in it. */
  readonly stack?: readonly string[];
}

/** Node's own frames, the child runtime's and the question's. The signal makes Node emit an event on the main thread. */
const NOT_THE_ENTRY = /^at <anonymous>:\d|^at process\.emit \(node:events:|node:internal\/|\/child-runtime\.[jt]s:\d/;
const MAX_FRAMES = 30;
const MAX_FRAME_LENGTH = 300;

/**
 * The frames of a stack as V8 writes it, without those of Node, of the child runtime and of the question itself; paths
 * relative to `rootUrl`. What the child says is bounded, as it could be anything.
 */
export function framesOf(stack: string, rootUrl: string): string[] {
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !NOT_THE_ENTRY.test(line))
    .map((line) => line.slice(3).replace(rootUrl, '').slice(0, MAX_FRAME_LENGTH));
  return frames.slice(0, MAX_FRAMES);
}

/** What a stack says; undefined when it holds no code but Node's. */
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

/** A function of the language or of Node itself: it has no file. */
function isBuiltin(frame: string): boolean {
  return frame.includes('(<anonymous>)') || frame.includes('(node:') || frame.startsWith('node:');
}
