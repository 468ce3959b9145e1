import type { IncomingMessage } from 'node:http';
import { PROGRESS_PATH, type ProgressEndpoint } from '../progress/endpoint.ts';
import { parseProgress } from '../progress/report.ts';
import { invalidReport, REFUSALS, type Refusal } from './refusals.ts';

const MAX_BODY = 4 * 1024;

/** Takes one report. Returns undefined if it was accepted. The bearer token is checked before the body is read. */
export async function takeReport(
  request: IncomingMessage,
  path: string,
  endpoint: ProgressEndpoint,
): Promise<Refusal | undefined> {
  const number = /^\d{1,15}$/.test(path.slice(PROGRESS_PATH.length)) ? Number(path.slice(PROGRESS_PATH.length)) : 0;
  const found = endpoint.find(number, bearerOf(request));
  if (found.kind === 'unknown') return REFUSALS.noAttempt;
  if (found.kind === 'over') return REFUSALS.over;
  if (found.kind === 'refused') return REFUSALS.unauthorized;
  const body = await readBody(request);
  if (body === undefined) return REFUSALS.tooLarge;
  const progress = parseProgress(body);
  if (typeof progress === 'string') return invalidReport(progress);
  // The attempt may have ended while the body arrived.
  if (endpoint.find(number, found.attempt.bearer).kind === 'over') return REFUSALS.over;
  endpoint.report(found.attempt, progress);
  return undefined;
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not the async iterator: leaving it early destroys the socket before the answer is sent.
  return await new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the caller closed the connection')));
  });
}
