import { invalidOption, milliseconds } from './option-checks.ts';

/** Limits of one supervisor. Exceeding a limit causes a typed error, except where old entries are dropped. */
export interface SupervisorLimits {
  /**
   * Maximum number of processes at the same time, including those that wait for a dependency or a restart. Beyond it a
   * spawn rejects with `SPOOKY_SUPERVISOR_TOO_MANY_PROCESSES`. Default 100.
   */
  readonly processes?: number;
  /** Maximum size of a message or payload, in serialized bytes. Default 16 MiB. */
  readonly messageBytes?: number;
  /**
   * Maximum number of messages in one queue. There are three kinds of queues: to a process that has not taken them,
   * from a process that the host has not read, and for the host's first handler. The first two give the sender an
   * error; the third drops the oldest messages. Default 1,000.
   */
  readonly queuedMessages?: number;
  /** How many ended processes `list` and `get` remember. The oldest are forgotten. Default 100. */
  readonly history?: number;
  /**
   * Interval between two memory measurements of the processes with a `memoryLimitMb`. Milliseconds, at least 10,
   * default 1,000.
   */
  readonly measureMs?: number;
}

const DEFAULTS: Required<SupervisorLimits> = {
  processes: 100,
  messageBytes: 16 * 1024 * 1024,
  queuedMessages: 1000,
  history: 100,
  measureMs: 1000,
};

/** Node cannot allocate larger message buffers. */
const MAX_MESSAGE_BYTES = 1024 * 1024 * 1024;

/** Fills in the defaults and checks the ranges. Throws `SPOOKY_SUPERVISOR_INVALID_OPTION`. */
export function supervisorLimits(given: SupervisorLimits = {}): Required<SupervisorLimits> {
  return {
    processes: wholeNumber('processes', given.processes, 1),
    messageBytes: wholeNumber('messageBytes', given.messageBytes, 1, MAX_MESSAGE_BYTES),
    queuedMessages: wholeNumber('queuedMessages', given.queuedMessages, 1),
    history: wholeNumber('history', given.history, 0),
    measureMs: Math.max(10, milliseconds('limits.measureMs', given.measureMs, DEFAULTS.measureMs)),
  };
}

function wholeNumber(
  name: Exclude<keyof SupervisorLimits, 'measureMs'>,
  value: number | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = value ?? DEFAULTS[name];
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw invalidOption(`limits.${name} must be a whole number from ${least} to ${most}.`);
}
