import type { LifecycleEvent, ProcessHandle, Supervisor } from '@spookify/supervisor';
import type { FastifyBaseLogger } from 'fastify';
import { ApiError, type ApiErrorCode } from './errors.ts';
import type { WriteOrder, WriterReport } from './processes/writer.ts';
import { createSlots } from './slots.ts';
import type { Suggestion, ThreadText, WriterFailureKind, WriterSettings } from './writers/writer.ts';

/** How much may happen at once and how long it may take. Times are milliseconds. */
export interface GenerationLimits {
  /** Writer processes at the same time. Each costs about 40 MB. */
  processes: number;
  /** Processes that stand ready for the next requests. About 40 MB each; the supervisor replaces those that are used. */
  spares: number;
  /** Requests that may wait for a process; further ones are told to come back. */
  queue: number;
  /** Until a process is up. */
  startupMs: number;
  /** Longest silence of a process before it counts as wedged and is killed. */
  silenceMs: number;
  /** Until the AI service has answered. */
  modelMs: number;
  /** Until there is a suggestion, from the order on, however alive the process is. Below the runner's 60 s. */
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

/** What generation is made of. */
export interface GenerationOptions {
  /** Its root holds `entry`. */
  supervisor: Supervisor;
  /** The built file of processes/writer.ts, below the supervisor's root. */
  entry: string;
  writer: WriterSettings;
  limits: GenerationLimits;
  logger: FastifyBaseLogger;
}

/** Writes suggestions, each in a supervised process of its own. */
export interface Generation {
  /**
   * @param signal gives the suggestion up: a waiting request leaves the queue, a running process is stopped
   * @throws ApiError saying whether the writer was busy, stuck, crashed, or what the AI service said; the signal's reason
   */
  write(thread: ThreadText, signal: AbortSignal): Promise<Suggestion>;
  /**
   * Starts the spares, so that a request need not wait until Node has started. Each still serves one request and ends:
   * what was one person's never meets another's. Without them all works the same, later.
   */
  warmUp(): Promise<void>;
}

const FAILURES: Readonly<Record<WriterFailureKind, ApiErrorCode>> = {
  key: 'SPOOKY_API_MODEL_KEY_REFUSED',
  request: 'SPOOKY_API_MODEL_REQUEST_REFUSED',
  declined: 'SPOOKY_API_MODEL_DECLINED',
  busy: 'SPOOKY_API_MODEL_BUSY',
  away: 'SPOOKY_API_MODEL_AWAY',
  answer: 'SPOOKY_API_MODEL_ANSWER_UNUSABLE',
};

/** Follows a writer process after its order. */
interface WriterListener {
  reported(report: WriterReport): void;
  ended(event: LifecycleEvent): void;
}

export function createGeneration({ supervisor, entry, writer, limits, logger }: GenerationOptions): Generation {
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
        startupTimeoutMs: limits.startupMs,
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
        .stop({ reason: 'given up' })
        .catch((error: unknown) => logger.error({ err: error }, 'a writer cannot be stopped'));
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
        .keepSpares({ count: limits.spares })
        .catch((error: unknown) =>
          logger.warn({ err: error }, 'no writer process stands ready; each starts when needed'),
        ),
  };
}

/** A process that has ended since it was ready takes no order. */
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
  logger.warn({ kind: report.kind, reason: report.message }, 'the writer has no suggestion');
  throw new ApiError(FAILURES[report.kind], { retryAfterSeconds: report.retryAfterSeconds });
}

function endedError(event: LifecycleEvent, logger: FastifyBaseLogger): ApiError {
  const { state, error, exit } = event;
  logger.error({ processId: event.processId, state, error, exit }, 'a writer process ended without a suggestion');
  return new ApiError(state === 'timed_out' ? 'SPOOKY_API_WRITER_STUCK' : 'SPOOKY_API_WRITER_CRASHED');
}
