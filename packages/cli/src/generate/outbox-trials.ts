import { PARTITIONS } from '@spookify/runner/ownership';

/**
 * A test of one guard of a job table. It has statements, which run in an engine in memory, and an expression that shows whether they
 * had an effect.
 *
 * There are three users. `mine` is signed in and makes the jobs `trial_0` and so on. `other` has made the job `trial_of_other`. `gone`
 * was deleted after signing in.
 */
export interface Trial {
  /** The field that the guard protects. Absent if it protects the row. */
  readonly field?: string;
  readonly by: 'mine' | 'gone';
  /** The assignments of the job that `mine` makes first. Absent if the trial needs no job. */
  readonly before?: string;
  /** The statement to try. `@job` stands for the id of the trial's job, `@table` for the table. */
  readonly statement: string;
  /** An expression that is true if the statement had an effect. */
  readonly proof: string;
  readonly proofBy: 'owner' | 'user';
  /** Whether the statement should have an effect. */
  readonly allowed: boolean;
  /** The message if that is not so. */
  readonly fault: string;
}

/** The record ids of two of the users. */
export interface TrialPeople {
  readonly mine: string;
  readonly other: string;
}

const PATH = `path = '/trial'`;
const YEARS_AGO = `d'2000-01-01T00:00:00Z'`;
const YEARS_ON = `d'2200-01-01T00:00:00Z'`;
const LONG = (length: number) => `string::repeat('x', ${length})`;

/** Values that users may not set in a new job, because only the runner or the database sets these fields. */
const FORGED: readonly (readonly [field: string, value: string])[] = [
  ['status', `'success'`],
  ['run_at', YEARS_AGO],
  ['run_at', YEARS_ON],
  ['created_at', YEARS_AGO],
  ['created_at', YEARS_ON],
  ['retries', '3'],
  ['reruns', '1'],
  ['rescues', '1'],
  ['errors', `[{ code: 'forged' }]`],
  ['result', `'forged'`],
  ['progress', '{ value: 1 }'],
  ['runner', `'forged'`],
  ['active_key', `'forged'`],
];

/** Values that are too large or invalid. */
const EXCESSIVE: readonly (readonly [field: string, value: string, what: string])[] = [
  ['payload', `{ text: ${LONG(262_145)} }`, 'a payload of more than 262,144 characters'],
  ['payload', `{ list: [${'[],'.repeat(1001)}] }`, 'a payload of more than a thousand lists or objects'],
  ['payload', '{ value: /x/ }', 'a payload with a regular expression, which no runner can read'],
  ['payload', '{ value: <set> [1] }', 'a payload with values that have no form in JSON'],
  ['path', `''`, 'an empty path'],
  ['path', LONG(2049), 'a path of more than 2,048 characters'],
  ['max_retries', '-1', 'fewer than 0 retries'],
  ['max_retries', '26', 'more than 25 retries'],
  ['timeout', '1ms', 'a timeout below 100 ms'],
  ['timeout', '2h', 'a timeout above one hour'],
  ['unique_key', `''`, 'an empty unique key'],
  ['unique_key', LONG(256), 'a unique key of more than 255 characters'],
  ['request', `'retry'`, 'a request'],
  ['partition', '-1', 'a partition that no runner owns'],
  ['partition', `${PARTITIONS}`, 'a partition that no runner owns'],
];

/** Fields that cannot change after the insert, each with another value. */
const SET_ONCE: readonly (readonly [field: string, value: string])[] = [
  ['path', `'/other'`],
  ['payload', '{ changed: true }'],
  ['max_retries', '25'],
  ['retry_strategy', `'exponential'`],
  ['timeout', '1h'],
  ['unique_key', `'changed'`],
  ['partition', `${PARTITIONS}`],
];

/** All trials of a job table. The first one inserts a job, and the others need it to work. */
export function outboxTrials({ mine, other }: TrialPeople): Trial[] {
  const forged: typeof FORGED = [...FORGED, ['created_by', other]];
  return [
    ...allowed(mine),
    ...forged.map(([field, value]) => insert(field, value, `a user can choose the ${field} of a new job`)),
    ...EXCESSIVE.map(([field, value, what]) => insert(field, value, `a user can insert a job with ${what}`)),
    insert('unknown', '1', 'a user can insert a job with fields that no job has', true),
    ...[...forged, ...SET_ONCE].map(([field, value]) => change(field, value)),
    ...others(),
  ];
}

function allowed(mine: string): Trial[] {
  const all = { by: 'mine', proofBy: 'owner', allowed: true } as const;
  return [
    {
      ...{
        ...all,
        statement: `CREATE @job SET ${PATH}`,
        proof: `@job.created_by = ${mine} AND @job.status = 'pending'`,
      },
      fault: 'a user cannot insert a job',
    },
    {
      ...{ ...all, before: PATH, statement: `UPDATE @job SET request = 'cancel'`, proof: `@job.request = 'cancel'` },
      ...{ field: 'request', fault: 'a user cannot ask for a job of their own to be cancelled' },
    },
    {
      ...{
        ...all,
        before: PATH,
        statement: 'RETURN NONE',
        proof: '(SELECT VALUE id FROM @job) != []',
        proofBy: 'user',
      },
      fault: 'a user cannot see a job of their own',
    },
    {
      ...{
        ...all,
        statement: `CREATE @job SET ${PATH}, run_at = time::now() + 1d`,
        proof: '@job.run_at > time::now()',
      },
      ...{ field: 'run_at', fault: 'a user cannot delay a job' },
    },
    {
      ...{ ...all, statement: `CREATE @job SET ${PATH}, unique_key = 'key of a trial'`, field: 'active_key' },
      proof: `@job.active_key = fn::@table::active_key(${mine}, '/trial', 'key of a trial')`,
      fault: 'a user cannot insert a job with a unique key, or fn::@table::active_key is missing or different',
    },
  ];
}

function insert(field: string, value: string, fault: string, ofTheRow = false): Trial {
  const fields = field === 'path' ? `path = ${value}` : `${PATH}, ${field} = ${value}`;
  return {
    ...(!ofTheRow && { field }),
    // RETURN NONE, because an answer cannot contain a regular expression.
    ...{
      by: 'mine',
      statement: `CREATE @job SET ${fields} RETURN NONE`,
      proof: `@job.${field} = ${value}`,
      proofBy: 'owner',
    },
    ...{ allowed: false, fault },
  };
}

function change(field: string, value: string): Trial {
  return {
    ...{ field, by: 'mine', before: PATH, statement: `UPDATE @job SET ${field} = ${value}` },
    ...{ proof: `@job.${field} = ${value}`, proofBy: 'owner', allowed: false },
    fault: `a user can change the ${field} of a job`,
  };
}

function others(): Trial[] {
  const not = { by: 'mine', proofBy: 'owner', allowed: false } as const;
  const twice = `${PATH}, unique_key = 'taken'`;
  const longId = `type::record('@table', ${LONG(300)})`;
  return [
    {
      ...{
        ...not,
        before: PATH,
        statement: 'DELETE @job',
        proof: '!record::exists(@job) AND record::exists(@table:trial_0)',
      },
      fault: 'a user can delete a job',
    },
    {
      ...{
        ...not,
        statement: 'RETURN NONE',
        proof: '(SELECT VALUE id FROM @table:trial_of_other) != []',
        proofBy: 'user',
      },
      fault: 'a user can see the jobs of others',
    },
    {
      ...{ ...not, statement: `UPDATE @table:trial_of_other SET request = 'cancel'`, field: 'request' },
      ...{ proof: `@table:trial_of_other.request = 'cancel'`, fault: 'a user can cancel the jobs of others' },
    },
    {
      ...{ ...not, before: twice, statement: `CREATE @table:trial_of_same_key SET ${twice}`, field: 'active_key' },
      ...{
        proof: 'record::exists(@table:trial_of_same_key)',
        fault: 'two jobs with the same unique key can wait at the same time',
      },
    },
    {
      ...{ ...not, statement: `CREATE ${longId} SET ${PATH}`, proof: `record::exists(${longId})` },
      fault: 'a user can insert a job with an id of more than 255 characters',
    },
    ...Object.entries({ 'a list': `@table:['trial']`, 'an object': '@table:{ trial: 1 }' }).map(([kind, id]) => ({
      ...{ ...not, statement: `CREATE ${id} SET ${PATH}`, proof: `record::exists(${id})` },
      fault: `a user can insert a job whose id is ${kind}`,
    })),
    {
      ...{ ...not, by: 'gone', statement: `CREATE @job SET ${PATH}`, proof: 'record::exists(@job)' },
      fault: 'an open session of a deleted user can insert a job',
    },
    {
      ...{
        ...not,
        by: 'gone',
        statement: 'RETURN NONE',
        proof: '(SELECT VALUE id FROM @table) != []',
        proofBy: 'user',
      },
      fault: 'an open session of a deleted user can see jobs',
    },
  ];
}
