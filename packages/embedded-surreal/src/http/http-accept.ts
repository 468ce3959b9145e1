/** Which response format a request accepts. */
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

/**
 * The accepted format; undefined if there is no Accept header. Of several types, the first known one counts; if none is
 * known, 400.
 */
export function acceptOf({ headers: { accept } }: IncomingMessage): Accepted {
  if (accept === undefined) return undefined;
  for (const type of accept.split(',')) {
    const name = type.split(';')[0]?.trim().toLowerCase() ?? '';
    if (known.has(name)) return known.get(name);
  }
  throw HttpProblem.text(400, 'invalid HTTP header (accept)');
}

/** JSON unless the request accepts CBOR; 415 for any other type. */
export function formatFor(request: IncomingMessage): Format {
  const accepted = acceptOf(request) ?? jsonFormat;
  if (typeof accepted === 'string') throw HttpProblem.mediaType();
  return accepted;
}

/** The engine's result in a format. Throws an HttpProblem if the reply is an error. */
export function writeReply(format: Format, reply: Reply): Answer {
  if (!reply.ok) throw HttpProblem.fromReply(reply);
  return { contentType: format.contentType, body: format.write(reply.result) };
}

export const writeValue = (format: Format, value: unknown): Answer => ({
  contentType: format.contentType,
  body: format.write(codec.encode(value)),
});

/** Throws an HttpProblem if the bytes are not valid UTF-8. */
export function toText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw HttpProblem.badRequest('Non UTF-8 request body');
  }
}
