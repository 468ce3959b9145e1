/** The application of this package's tests: accounts, a table whose records a job can be assigned to, related tables, one backend. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { newOutboxFile } from '@spookify/runner/outbox';

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, 'fixture', name), 'utf8');

const RULE = `DEFINE FIELD OVERWRITE created_by ON job TYPE option<record<user>> DEFAULT $auth.id READONLY;
DEFINE FIELD OVERWRITE assigned_to ON job TYPE option<record<thread>> READONLY;
DEFINE FUNCTION OVERWRITE fn::job::may_assign($job: object) {
  RETURN $auth.id != NONE AND $job.assigned_to.author = $auth.id;
};
`;

/** `schema/schema.surql` */
export const FIXTURE_SCHEMA = read('schema.surql');

/** `schema/outbox/api.surql`, as `spooky outbox add` writes it, with a rule of the application. */
export const FIXTURE_OUTBOX = newOutboxFile({ backend: 'api', table: 'job' }, RULE);

/** `openapi.yaml` */
export const FIXTURE_SPEC = read('openapi.yaml');
