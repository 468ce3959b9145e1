/** What kind of answer a request asks for. */
import type { IncomingMessage } from 'node:http';
import { codec } from '../protocol/codec.ts';
import { cborFormat, type Format, jsonFormat } from '../protocol/formats.ts';
import type { Reply } from '../protocol/frames.ts';
import type { Answer } from './http-exchange.ts';
import { HttpProblem } from './http-problem.ts';

export type Accepted = Format | 'text' | 'nothing' | undefined;

const known: ReadonlyMap<string, Accepted> = new Map<string, Accepted>([
  ['*/*', jsonFormat],
  ['application/json', jsonFormat],
  ['application/cbor', cborFormat],
  ['text/plain', 'text'],
  ['application/octet-stream', 'nothing'],
]);

/** Undefined when the request leaves it open. Of several types, the first that is known counts; none is a 400. */
export function acceptOf({ headers: { accept } }: IncomingMessage): Accepted {
  if (accept === undefined) return undefined;
  for (const type of accept.split(',')) {
    const name = type.split(';')[0]?.trim().toLowerCase() ?? '';
    if (known.has(name)) return known.get(name);
  }
  throw HttpProblem.text(400, 'invalid HTTP header (accept)');
}

/** JSON unless CBOR is asked for; anything else is a 415. */
export function formatFor(request: IncomingMessage): Format {
  const accepted = acceptOf(request) ?? jsonFormat;
  if (typeof accepted === 'string') throw HttpProblem.mediaType();
  return accepted;
}

/** An engine's answer in a format; its error, as the HTTP problem that it is. */
export function writeReply(format: Format, reply: Reply): Answer {
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  return { contentType: format.contentType, body: format.write(reply.result) };
}

export const writeValue = (format: Format, value: unknown): Answer => ({
  contentType: format.contentType,
  body: format.write(codec.encode(value)),
});

/** Throws an HttpProblem for bytes that are no UTF-8. */
export function toText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw HttpProblem.badRequest('Non UTF-8 request body');
  }
}
