import type { LifecycleEvent, ProcessHandle, Supervisor } from '@spookify/supervisor';
import type { FastifyBaseLogger } from 'fastify';
import { ApiError, type ApiErrorCode } from './errors.ts';
import type { WriteOrder, WriterReport } from './processes/writer.ts';
import { createSlots } from './slots.ts';
import type { Suggestion, ThreadText, WriterFailureKind, WriterSettings } from './writers/writer.ts';

/** Limits on the number of writer processes and on time. Times are in milliseconds. */
export interface GenerationLimits {
  /** The largest number of writer processes at once. Each uses about 40 MB. */
  processes: number;
  /** The number of spare processes, started in advance. Each uses about 40 MB; the supervisor replaces used ones. */
  spares: number;
  /** The largest number of requests that wait for a process; further requests get a 503. */
  queue: number;
  /** The longest time in which a process starts. */
  startupMs: number;
  /** The longest time without a heartbeat; after it the process counts as stuck and is killed. */
  silenceMs: number;
  /** The longest time for an answer of the AI service. */
  modelMs: number;
  /** The longest time from the order to the suggestion, even if the process sends heartbeats. Below the runner's 60 s. */
  totalMs: number;
}

export const DEFAULT_LIMITS: GenerationLimits = {
  processes: 8,
  spares: 2,
  queue: 64,
  startupMs: 10_000,
  silenceMs: 5_000,
  modelMs: 45_000,
  totalMs: 50_000,
};

/** The parts of generation. */
export interface GenerationOptions {
  /** `entry` is relative to its root. */
  supervisor: Supervisor;
  /** The built file of processes/writer.ts, relative to the supervisor's root. */
  entry: string;
  writer: WriterSettings;
  /** Environment variables of the writer processes beyond those that every process inherits. Default: none. */
  env?: Readonly<Record<string, string>>;
  limits: GenerationLimits;
  logger: FastifyBaseLogger;
}

/** Writes suggestions. Each one gets its own supervised process. */
export interface Generation {
  /**
   * Writes a suggestion for a thread.
   *
   * @param signal cancels the suggestion: a waiting request leaves the queue, a running process is stopped
   * @throws ApiError says whether the writer was busy, stuck or crashed, or what the AI service answered; or the signal's
   * reason
   */
  write(thread: ThreadText, signal: AbortSignal): Promise<Suggestion>;
  /**
   * Starts the spare processes, so that a request does not wait until Node has started. Each process still serves one
   * request and ends, so data of one person never meets data of another. Without spares everything works the same, only
   * slower.
   */
  warmUp(): Promise<void>;
}

const FAILURES: Readonly<Record<WriterFailureKind, ApiErrorCode>> = {
  key: 'SPOOKY_API_MODEL_KEY_REFUSED',
  quota: 'SPOOKY_API_MODEL_NO_CREDIT',
  model: 'SPOOKY_API_MODEL_UNKNOWN',
  address: 'SPOOKY_API_MODEL_ADDRESS_WRONG',
  request: 'SPOOKY_API_MODEL_REQUEST_REFUSED',
  long: 'SPOOKY_API_MODEL_TEXT_TOO_LONG',
  declined: 'SPOOKY_API_MODEL_DECLINED',
  busy: 'SPOOKY_API_MODEL_BUSY',
  away: 'SPOOKY_API_MODEL_AWAY',
  answer: 'SPOOKY_API_MODEL_ANSWER_UNUSABLE',
};

/** The callbacks for a writer process after its order. */
interface WriterListener {
  reported(report: WriterReport): void;
  ended(event: LifecycleEvent): void;
}

export function createGeneration({
  supervisor,
  entry,
  writer,
  env = {},
  limits,
  logger,
}: GenerationOptions): Generation {
  const slots = createSlots({ places: limits.processes, queue: limits.queue });
  const listeners = new Map<string, WriterListener>();
  supervisor.onMessage(({ processId, payload }) => listeners.get(processId)?.reported(payload as WriterReport));
  supervisor.onLifecycle((event) => {
    if (event.exit !== undefined) listeners.get(event.processId)?.ended(event);
  });

  const writeInProcess = async (thread: ThreadText, signal: AbortSignal): Promise<Suggestion> => {
    const handle = await supervisor
      .spawn({
        entry,
        kind: 'writer',
        env,
        startupTimeoutMs: limits.startupMs,
        startupAdvice: 'raise startupMs in src/generation.ts if it needs longer',
        heartbeatTimeoutMs: limits.silenceMs,
        stopTimeoutMs: 1_000,
      })
      .catch((cause: unknown) => {
        logger.error({ err: cause }, 'the writer process did not start');
        throw new ApiError('SPOOKY_API_WRITER_CRASHED', { cause });
      });
    const { processId } = handle;
    const outcome = Promise.withResolvers<WriterReport>();
    listeners.set(processId, {
      reported: outcome.resolve,
      ended: (event) => outcome.reject(endedError(event, logger)),
    });
    const giveUp = (reason: unknown): void => {
      outcome.reject(reason);
      handle
        .stop({ reason: 'cancelled' })
        .catch((error: unknown) => logger.error({ err: error }, 'cannot stop a writer process'));
    };
    const onAbort = (): void => giveUp(signal.reason);
    const deadline = setTimeout(() => giveUp(new ApiError('SPOOKY_API_WRITER_STUCK')), limits.totalMs);
    try {
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else order(handle, { thread, writer: revealed(writer, limits) }, outcome.reject);
      return suggestionOf(await outcome.promise, logger);
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      listeners.delete(processId);
    }
  };

  return {
    write: (thread, signal) =>
      slots.run(
        () => writeInProcess(thread, signal),
        signal,
        () => new ApiError('SPOOKY_API_BUSY', { retryAfterSeconds: 2 }),
      ),
    warmUp: () =>
      supervisor
        .keepSpares({ count: limits.spares, env })
        .catch((error: unknown) =>
          logger.warn({ err: error }, 'no spare writer processes; each process starts when a request needs it'),
        ),
  };
}

/** Sends the order. A process that has ended since it was ready accepts none. */
function order(handle: ProcessHandle, content: WriteOrder, failed: (reason: ApiError) => void): void {
  try {
    handle.send(content);
  } catch (cause) {
    failed(new ApiError('SPOOKY_API_WRITER_CRASHED', { cause }));
  }
}

function revealed(writer: WriterSettings, { modelMs }: GenerationLimits): WriteOrder['writer'] {
  if (writer.kind === 'offline') return writer;
  return { ...writer, apiKey: writer.apiKey.reveal(), timeoutMs: modelMs };
}

function suggestionOf(report: WriterReport, logger: FastifyBaseLogger): Suggestion {
  if (report.type === 'written') return report.suggestion;
  logger.warn({ kind: report.kind, reason: report.message }, 'the writer reported a failure');
  const code = FAILURES[report.kind];
  throw new ApiError(code, { detail: report.message, retryAfterSeconds: report.retryAfterSeconds });
}

function endedError(event: LifecycleEvent, logger: FastifyBaseLogger): ApiError {
  const { state, error, errorDetail, exit } = event;
  logger.error(
    { processId: event.processId, state, error, errorDetail, exit },
    'a writer process ended without a suggestion',
  );
  return new ApiError(state === 'timed_out' ? 'SPOOKY_API_WRITER_STUCK' : 'SPOOKY_API_WRITER_CRASHED');
}
