import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { RecordId } from 'surrealdb';
import { ApiError } from '../errors.ts';
import { parseRecordReference } from './record-reference.ts';

/** The runner's headers about the job that it delivers (docs/operating-the-runner.md lists them). */
export interface JobRequest {
  /** The same for every delivery of one job: 1 to 1,024 printable ASCII characters. */
  readonly key: string;
  /** The user who made the job. A job made by a service or an administrator is refused, because it has no user's rights. */
  readonly createdBy: RecordId<'user'>;
  /** The record that the job is assigned to, as text; undefined if there is none. */
  readonly assignedTo: string | undefined;
  /** A hash of everything that decides what the job does. Equal work has equal hashes. */
  readonly fingerprint: string;
}

const NO_CREATOR = 'X-Job-Created-By names no user; create the job as the user who owns the record.';

/**
 * Reads the headers of a delivery whose payload has passed the spec.
 *
 * @throws ApiError SPOOKY_API_KEY_MISSING or SPOOKY_API_FORBIDDEN
 */
export function readJobRequest(request: FastifyRequest): JobRequest {
  const key = header(request, 'idempotency-key') ?? '';
  if (!/^[\x20-\x7e]{1,1024}$/.test(key)) throw new ApiError('SPOOKY_API_KEY_MISSING');
  const createdBy = parseRecordReference('user', decoded(header(request, 'x-job-created-by') ?? ''));
  if (createdBy === undefined) throw new ApiError('SPOOKY_API_FORBIDDEN', { message: NO_CREATOR });
  const assigned = header(request, 'x-job-assigned-to');
  const assignedTo = assigned === undefined ? undefined : decoded(assigned);
  const work = JSON.stringify([request.routeOptions.url, request.body, String(createdBy), assignedTo]);
  return { key, createdBy, assignedTo, fingerprint: createHash('sha256').update(work).digest('base64url') };
}

/** Returns a header that was sent exactly once. A repeated header is ignored. */
function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Decodes a record id. Record ids can contain any character, headers cannot, so the runner percent-encodes them. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}
