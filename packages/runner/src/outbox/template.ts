import { CLIENT_SETS } from '@spookify/config/job-fields';
import { PARTITIONS } from '../ownership/partition.ts';

/**
 * What a job table consists of: every field, index and guard that the engine relies on, around the one rule that the
 * project owns.
 */

/** Increases with every change of the template, so that files of earlier versions are reported as out of date. */
export const OUTBOX_VERSION = 2;

/** The first and the last line of the project's rule in a file; each is a line of its own. */
export const RULE_MARKS = {
  begin:
    '-- >>> Your rule. Edit what stands between the marks; `spooky outbox upgrade` replaces the rest of this file.',
  end: '-- <<< The end of your rule.',
} as const;

/** The first line of a file of this version. */
export function versionLine(version: number): string {
  return `-- spooky outbox, version ${version}`;
}

/** The fields that a client may set, as a list in SurrealQL without brackets. */
const CLIENT_FIELDS = [...CLIENT_SETS.create, ...CLIENT_SETS.update].map((name) => `'${name}'`).join(', ');

/** In an object as text: a quoted text or name. */
const QUOTED = ["'", '"', '`'].map((quote) => String.raw`${quote}(?:[^${quote}\\]|\\.)*${quote}`).join('|');

/**
 * In an object as text: a value without a JSON form. The slash is written as an escape code, so that no layer of
 * escaping removes it.
 */
const NO_JSON_FORM = String.raw`/^(?s:${QUOTED}|[^'"${'`'}])*?(?:\x2f|b"|\{[^ ]|[ \[(]-?(?:NaN|Infinity)[ ,\])]| __proto__: )/`;

/** The names that an outbox file contains. */
export interface OutboxNames {
  /** The backend's name in sp00ky.yml. */
  readonly backend: string;
  /** Its job table; functions and indexes carry the name as well. */
  readonly table: string;
}

/**
 * Returns the text of an outbox file.
 *
 * @param rule the text between the marks, with its line ends: the fields `created_by` and `assigned_to`, and the
 *   function `may_assign`
 */
export function outboxTemplate({ backend, table }: OutboxNames, rule: string): string {
  return `${versionLine(OUTBOX_VERSION)}
-- The outbox of the backend \`${backend}\`: one row is one job. A client inserts it, the runner works on it, its owner watches.
--
--   pending ──its call──▶ success
--    ▲   │ └──final──▶ failed ──request: 'retry'──▶ pending
--    │   └──a call of 100 ms or more──▶ processing ──▶ success, failed
--    └──retry, release───────────────────────┘
--
-- A client sets what it asks for and, for a delay, \`run_at\`; later only \`request\`. Every other field belongs to the database
-- or the runner: \`may_begin\` refuses a row in which one of them is not its default, \`may_change\` a change of any of them.
-- Table permissions do not apply to service users. No field is a secret from the job's owner.
--
-- The rules are in functions, the table takes any field and most fields have only a type, because the engine copies a
-- table's whole definition for every row it writes: with the rules in place of their names and SCHEMAFULL, a write takes
-- twice as long.

${RULE_MARKS.begin}
${rule}${RULE_MARKS.end}

DEFINE TABLE OVERWRITE ${table} TYPE NORMAL SCHEMALESS
  PERMISSIONS
    FOR select WHERE fn::${table}::is_own($this)
    FOR update WHERE fn::${table}::may_change($this)
    FOR create WHERE fn::${table}::may_begin($this)
    FOR delete NONE;

DEFINE FUNCTION OVERWRITE fn::${table}::is_own($job: object) {
  RETURN $auth.id != NONE AND ($job.created_by = $auth.id OR fn::${table}::may_assign($job));
};

-- The engine asks once with the row as it is stored and once as it would become; the stored row is the same both times.
DEFINE FUNCTION OVERWRITE fn::${table}::may_change($job: object) {
  LET $id = $job.id;
  LET $stored = (SELECT * FROM ONLY $id) ?? {};
  RETURN fn::${table}::is_own($stored)
    AND object::remove($job, ['request', 'updated_at']) = object::remove($stored, ['request', 'updated_at']);
};

DEFINE FUNCTION OVERWRITE fn::${table}::may_begin($job: object) {
  RETURN $auth.id != NONE AND $job.created_by = $auth.id
    AND ($job.assigned_to = NONE OR fn::${table}::may_assign($job))
    AND fn::${table}::has_known_fields($job)
    AND string::len(<string> $job.id) <= 255
    -- The runner passes over ids that hold a time, as those of a list or an object may.
    AND type::of(record::id($job.id)) IN ['string', 'int', 'uuid']
    AND fn::${table}::is_deliverable($job.payload)
    AND string::len($job.path) >= 1 AND string::len($job.path) <= 2048
    AND $job.max_retries >= 0 AND $job.max_retries <= 25
    AND ($job.timeout = NONE OR ($job.timeout >= 100ms AND $job.timeout <= 1h))
    AND $job.active_key = fn::${table}::active_key($auth.id, $job.path, $job.unique_key)
    AND ($job.unique_key = NONE OR (string::len($job.unique_key) >= 1 AND string::len($job.unique_key) <= 255))
    AND $job.status = 'pending' AND $job.errors = []
    AND [$job.retries, $job.reruns, $job.rescues] = [0, 0, 0]
    AND [$job.request, $job.result, $job.progress] = [NONE, NONE, NONE]
    AND $job.runner = NONE AND $job.partition >= 0 AND $job.partition < ${PARTITIONS}
    AND $job.created_at <= time::now() AND $job.created_at > time::now() - 5s
    AND $job.run_at <= time::now() + 365d AND $job.run_at > time::now() - 5s;
};

-- What the runner can read and send. A query can compute values of any depth, and a client that decodes one of some
-- thousand levels fails: one such job would stop the runner for everybody. What is nested has a bracket for each level, or
-- the dots of a range. A regular expression has no encoded form, so an answer with such a job fails, and the runner has to
-- ask for each job again. Bytes, sets, NaN, infinity and a member \`__proto__\` would arrive as something else. The pattern
-- passes over what is in quotes and finds, in this order: a slash, b", a brace without a space, and the names. As text, a payload
-- is up to four times as long as the 64 KiB of JSON that the gateway accepts.
DEFINE FUNCTION OVERWRITE fn::${table}::is_deliverable($payload: object) {
  LET $text = <string> $payload;
  LET $has_json_form = !string::matches($text, ${NO_JSON_FORM});
  RETURN string::len($text) <= 262144
    AND array::len(string::split($text, '[')) + array::len(string::split($text, '{'))
      + array::len(string::split($text, '..')) <= 1003
    AND $has_json_form;
};

DEFINE FUNCTION OVERWRITE fn::${table}::has_known_fields($job: object) {
  RETURN object::keys($job) ALLINSIDE [
    ${CLIENT_FIELDS},
    'id', 'created_by', 'created_at', 'updated_at', 'status', 'run_at', 'retries', 'reruns', 'rescues', 'errors', 'result',
    'progress', 'active_key', 'partition', 'runner'];
};

-- What \`active_key\` holds while a job waits or runs; NONE without a unique key. The runner and the gateway call it as well.
DEFINE FUNCTION OVERWRITE fn::${table}::active_key($person: option<record>, $path: string, $unique_key: option<string>) {
  RETURN IF $unique_key = NONE { NONE } ELSE { <string> [$person, $path, $unique_key] };
};

-- What the client asks for ---------------------------------------------------------------------------------------

DEFINE FIELD OVERWRITE path ON ${table} TYPE string READONLY;
DEFINE FIELD OVERWRITE payload ON ${table} TYPE object DEFAULT {} READONLY;
-- Retries after the first attempt: 0 is one attempt, 3 is up to four; at most 25.
DEFINE FIELD OVERWRITE max_retries ON ${table} TYPE int DEFAULT 3 READONLY;
DEFINE FIELD OVERWRITE retry_strategy ON ${table} TYPE 'linear' | 'exponential' DEFAULT 'linear' READONLY;
-- Budget of one attempt, 100 ms to 1 h; without it the backend's \`method.timeout\` applies.
DEFINE FIELD OVERWRITE timeout ON ${table} TYPE option<duration> READONLY;
-- Of all jobs with this key, made by the same person for the same path, one at a time waits or runs; 1 to 255 characters.
DEFINE FIELD OVERWRITE unique_key ON ${table} TYPE option<string> READONLY;

-- What its owner may ask for later; the runner acts on it and clears it.
DEFINE FIELD OVERWRITE request ON ${table} TYPE option<'cancel' | 'retry'>;

-- What the database knows ----------------------------------------------------------------------------------------

DEFINE FIELD OVERWRITE created_at ON ${table} TYPE datetime DEFAULT time::now() READONLY;
DEFINE FIELD OVERWRITE updated_at ON ${table} TYPE datetime VALUE time::now();

-- What the runner owns -------------------------------------------------------------------------------------------

DEFINE FIELD OVERWRITE status ON ${table} TYPE 'pending' | 'processing' | 'success' | 'failed' DEFAULT 'pending';
-- When it is due: at once or after the delay that its client asked for, at most 365 days; later, after the delay before the
-- next retry.
DEFINE FIELD OVERWRITE run_at ON ${table} TYPE datetime DEFAULT time::now();
-- How many retries were made; an attempt cut short by the runner's own shutdown is none.
DEFINE FIELD OVERWRITE retries ON ${table} TYPE int DEFAULT 0;
-- How often its owner asked for it again after it had failed for good.
DEFINE FIELD OVERWRITE reruns ON ${table} TYPE int DEFAULT 0;
-- How often its runner was lost while it ran.
DEFINE FIELD OVERWRITE rescues ON ${table} TYPE int DEFAULT 0;
-- The last failures: { attempt, at, code, reason }, at most 25, each safe to show.
DEFINE FIELD OVERWRITE errors ON ${table} TYPE array<object> DEFAULT [];
-- The backend's JSON answer, bounded.
DEFINE FIELD OVERWRITE result ON ${table} TYPE any;
-- What the backend reports while it works: { value: 0..1, note }.
DEFINE FIELD OVERWRITE progress ON ${table} TYPE option<object>;
-- \`unique_key\` with its person and path, for as long as the job waits or runs. The index below refuses a second one, so it
-- is the database that decides between two requests of the same moment. The person comes from the session, not from the
-- request, so no user can block or probe another user's key.
DEFINE FIELD OVERWRITE active_key ON ${table} TYPE option<string>
  DEFAULT IF unique_key != NONE { fn::${table}::active_key($auth.id ?? created_by, path, unique_key) };

-- Which runner works on the job: the one that owns its partition, or, while the job is \`processing\`, the one named here.
DEFINE FIELD OVERWRITE partition ON ${table} TYPE int DEFAULT ALWAYS rand::int(0, ${PARTITIONS - 1});
DEFINE FIELD OVERWRITE runner ON ${table} TYPE option<string>;

-- A runner reads the pending jobs of its partitions that are due, in order, without touching the rest.
DEFINE INDEX OVERWRITE ${table}_status_partition_run_at ON ${table} FIELDS status, partition, run_at;
-- What owners ask for, by whom it concerns. Written once for a job of which nothing is asked.
DEFINE INDEX OVERWRITE ${table}_request_partition ON ${table} FIELDS request, partition;
-- Has no entry for a job without a key, and is written for the others when they begin and when they end, not between.
DEFINE INDEX OVERWRITE ${table}_active_key ON ${table} FIELDS active_key UNIQUE;
-- Gives the relation \`jobs\`. Written once for each job, since neither field changes.
DEFINE INDEX OVERWRITE ${table}_assigned_to_created_at ON ${table} FIELDS assigned_to, created_at;
`;
}
