/**
 * The supervised process that writes one suggestion and ends. It runs apart from the server because what happens here is
 * slow, depends on others and may get stuck: the supervisor can then kill it without touching any other request.
 *
 *   ready ──WriteOrder──▶ writing ──WriterReport──▶ complete
 */
import type { ProcessContext } from '@spookify/supervisor';
import { type Suggestion, type ThreadText, WriterFailure, type WriterFailureKind } from '../writers/writer.ts';

/** What the server sends once the process is ready. */
export interface WriteOrder {
  thread: ThreadText;
  /** Secrets are revealed here: this travels over a pipe to one's own child, never through its environment. */
  writer:
    | { kind: 'offline' }
    | { kind: 'openai'; apiKey: string; baseUrl: string | undefined; model: string; timeoutMs: number };
}

/** What comes back, once. */
export type WriterReport =
  | { type: 'written'; suggestion: Suggestion }
  | { type: 'failed'; kind: WriterFailureKind; message: string; retryAfterSeconds: number | undefined };

const HEARTBEAT_MS = 250;

/** Called by the supervisor. A failure that can be explained is a report; any other ends the process as failed. */
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
    // Imported only when it is used: it takes longer to load than the offline writer takes in all.
    const { writeWithOpenAi } = await import('../writers/openai.ts');
    return { type: 'written', suggestion: await writeWithOpenAi(thread, writer, signal) };
  } catch (error) {
    if (!(error instanceof WriterFailure)) throw error;
    return { type: 'failed', kind: error.kind, message: error.message, retryAfterSeconds: error.retryAfterSeconds };
  }
}
