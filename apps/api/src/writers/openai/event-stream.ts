import { Stream } from 'openai/streaming';

/** The parts of a streamed answer that are used. */
interface Chunk {
  model?: unknown;
  error?: unknown;
  choices?: { delta?: { content?: unknown; refusal?: unknown }; finish_reason?: unknown }[];
}

/** Whether a body is a stream of events. Some servers always stream, and some of them do not say so in Content-Type. */
export function isEventStream(contentType: string | null, text: string): boolean {
  return /^text\/event-stream/i.test(contentType ?? '') || /^\s*(?:data|event|id|retry)?:/.test(text);
}

/**
 * Joins the events of a streamed answer into the answer that was asked for. An event with an error is returned as the
 * whole answer. A stream that breaks off has no `finish_reason`.
 */
export async function joinEvents(text: string): Promise<unknown> {
  let [content, refusal] = ['', ''];
  let [model, finish]: [unknown, unknown] = [undefined, null];
  // The mode "events" returns errors like other events, so one place reads them for streams and for other answers.
  const events = Stream.fromSSEResponse<Chunk>(new Response(text), new AbortController(), undefined, false, 'events');
  for await (const chunk of events) {
    if (chunk.error) return chunk;
    const choice = chunk.choices?.[0];
    content += textOf(choice?.delta?.content);
    refusal += textOf(choice?.delta?.refusal);
    model ??= chunk.model;
    finish = choice?.finish_reason ?? finish;
  }
  return { model, choices: [{ finish_reason: finish, message: { content, refusal: refusal || null } }] };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
