/**
 * The supervised process that writes one suggestion and ends. It is separate from the server, because this work is slow,
 * depends on other services and can get stuck. The supervisor can kill it without affecting other requests.
 *
 *   ready ──WriteOrder──▶ writing ──WriterReport──▶ complete
 */
import type { ProcessContext } from '@spookify/supervisor';
import { type Suggestion, type ThreadText, WriterFailure, type WriterFailureKind } from '../writers/writer.ts';

/** What the server sends once the process is ready. */
export interface WriteOrder {
  thread: ThreadText;
  /** Contains secrets in plain text: it is sent over a pipe to a child, never through the environment. */
  writer:
    | { kind: 'offline' }
    | { kind: 'openai'; apiKey: string; baseUrl: string | undefined; model: string; timeoutMs: number };
}

/** What the process sends back, once. */
export type WriterReport =
  | { type: 'written'; suggestion: Suggestion }
  | { type: 'failed'; kind: WriterFailureKind; message: string; retryAfterSeconds: number | undefined };

const HEARTBEAT_MS = 250;

/** Called by the supervisor. An expected failure is a report; any other error makes the process fail. */
export default function run(context: ProcessContext): () => void {
  const aborted = new AbortController();
  const pulse = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  context.onStop(() => {
    aborted.abort();
    context.complete();
  });
  context.onMessage((order) => {
    write(order as WriteOrder, aborted.signal).then(
      (report) => {
        context.send(report);
        context.complete();
      },
      (error: unknown) => context.fail(error),
    );
  });
  context.ready();
  return () => clearInterval(pulse);
}

async function write({ thread, writer }: WriteOrder, signal: AbortSignal): Promise<WriterReport> {
  try {
    if (writer.kind === 'offline') {
      const { writeOffline } = await import('../writers/offline.ts');
      return { type: 'written', suggestion: writeOffline(thread) };
    }
    // Imported only when it is used: loading it takes longer than the whole work of the offline writer.
    const { writeWithOpenAi } = await import('../writers/openai.ts');
    return { type: 'written', suggestion: await writeWithOpenAi(thread, writer, signal) };
  } catch (error) {
    if (!(error instanceof WriterFailure)) throw error;
    return { type: 'failed', kind: error.kind, message: error.message, retryAfterSeconds: error.retryAfterSeconds };
  }
}
