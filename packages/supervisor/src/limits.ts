import { invalid, milliseconds } from './option-checks.ts';

/** How much a supervisor takes on. What goes beyond is refused with a typed error, or dropped where it says so. */
export interface SupervisorLimits {
  /** Processes at the same time, with those that wait for a dependency or for their restart. Default 100. */
  readonly processes?: number;
  /** The largest message or payload, in bytes as they travel. Default 16 MiB. */
  readonly messageBytes?: number;
  /**
   * Messages that may wait in one queue: to a process until it takes them, and from a process until the host has read
   * them (both an error for the sender); and for the host's first handler, where the oldest are dropped. Default 1,000.
   */
  readonly queuedMessages?: number;
  /** Ended processes that `list` and `get` still know; the oldest are forgotten. Default 100. */
  readonly history?: number;
  /** Between two measurements of the memory of processes with a `memoryLimitMb`. Milliseconds, default 1,000. */
  readonly measureMs?: number;
}

const DEFAULTS: Required<SupervisorLimits> = {
  processes: 100,
  messageBytes: 16 * 1024 * 1024,
  queuedMessages: 1000,
  history: 100,
  measureMs: 1000,
};

/** Above it Node refuses to make the buffers that messages travel in. */
const MAX_MESSAGE_BYTES = 1024 * 1024 * 1024;

export function supervisorLimits(given: SupervisorLimits = {}): Required<SupervisorLimits> {
  return {
    processes: whole('processes', given.processes, 1),
    messageBytes: whole('messageBytes', given.messageBytes, 1, MAX_MESSAGE_BYTES),
    queuedMessages: whole('queuedMessages', given.queuedMessages, 1),
    history: whole('history', given.history, 0),
    measureMs: Math.max(10, milliseconds('limits.measureMs', given.measureMs, DEFAULTS.measureMs)),
  };
}

function whole(
  name: Exclude<keyof SupervisorLimits, 'measureMs'>,
  value: number | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = value ?? DEFAULTS[name];
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw invalid(`limits.${name} must be a whole number from ${least} to ${most}.`);
}
