import type { WireWrite } from '@spookify/gateway/wire';
import type { SchemaDefinition } from '../schema-types.ts';
import { updateOf } from '../write/operations.ts';
import { requireJobId } from './job-id.ts';

/**
 * Returns the write that asks the runner to cancel a job or to run it again.
 *
 * @throws SPOOKY_CLIENT_NOT_A_JOB
 */
export function requestOf(schema: SchemaDefinition, id: unknown, request: 'cancel' | 'retry'): WireWrite {
  return updateOf(schema, requireJobId(schema, id), { request });
}
