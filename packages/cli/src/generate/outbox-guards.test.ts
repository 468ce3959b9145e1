import { newOutboxFile } from '@spookify/runner/outbox';
import { expect, it, vi } from 'vitest';
import { runCheck } from './check.ts';
import { createProject } from './testing/project.ts';

vi.setConfig({ testTimeout: 60_000 });

const OUTBOX = newOutboxFile({ backend: 'api', table: 'job' });

/** The code, path and message of each fault of a job table. */
async function wrong(outbox: string): Promise<string[]> {
  await using project = await createProject('', outbox);
  const result = await runCheck(undefined, { cwd: project.root, env: {} });
  return result.ok ? [] : result.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

it('finds no fault in the template', async () => {
  expect(await wrong(OUTBOX)).toEqual([]);
});

it.each<[name: string, from: string | RegExp, to: string, ...found: string[]]>([
  [
    'who may change',
    'FOR update WHERE fn::job::may_change($this)',
    'FOR update FULL',
    'job.status: a user can change',
    'job.run_at: a user can change',
    'job.request: a user can cancel the jobs of others',
  ],
  [
    'what may change',
    /\n {4}AND object::remove[^;]*;/,
    ';',
    'job.status: a user can change',
    'job.partition: a user can change',
    'job.runner: a user can change',
  ],
  ['who may delete', 'FOR delete NONE', 'FOR delete FULL', 'job: a user can delete a job'],
  [
    'who may see',
    'FOR select WHERE fn::job::is_own($this)',
    'FOR select FULL',
    'job: a user can see the jobs of others',
    'job: an open session of a deleted user can see jobs',
  ],
  [
    'for whom',
    ' AND $job.created_by = $auth.id\n',
    '\n',
    'job.created_by: a user can choose the created_by of a new job',
  ],
  [
    'the size',
    'AND fn::job::is_deliverable($job.payload)',
    '',
    'job.payload: a user can insert a job with a payload of more than 262,144',
    'more than a thousand lists',
    'a regular expression',
    'no form in JSON',
  ],
  [
    'the partition',
    / AND \$job.partition >= 0 AND \$job.partition < \d+/,
    '',
    'job.partition: a user can insert a job with a partition that no runner owns',
  ],
  ['the age', 'AND $job.run_at > time::now() - 5s', '', 'job.run_at: a user can choose the run_at of a new job'],
  ['the fields', 'AND fn::job::has_known_fields($job)', '', 'job: a user can insert a job with fields that no job has'],
  [
    'the length of an id',
    'AND string::len(<string> $job.id) <= 255',
    '',
    'job: a user can insert a job with an id of more',
  ],
  [
    'the kind of an id',
    "AND type::of(record::id($job.id)) IN ['string', 'int', 'uuid']",
    '',
    'job: a user can insert a job whose id is a list',
    'job: a user can insert a job whose id is an object',
  ],
  [
    'the values of a payload',
    'AND $has_json_form',
    '',
    'job.payload: a user can insert a job with a payload with a regular expression',
    'job.payload: a user can insert a job with a payload with values that have no form in JSON',
  ],
  ['the key', /AND \$job.active_key = .*/, '', 'job.active_key: a user can choose the active_key of a new job'],
  ['its index', 'active_key UNIQUE', 'active_key', 'job.active_key: two jobs with the same unique key'],
  [
    'a user',
    'RETURN $auth.id != NONE AND $job.created_by',
    'RETURN $job.created_by',
    'job: an open session of a deleted user can insert',
  ],
  ['any job', 'FOR create WHERE fn::job::may_begin($this)', 'FOR create NONE', 'job: a user cannot insert a job'],
])('reports what a user can do without the guard of %s', async (_, from, to, ...found) => {
  const outbox = OUTBOX.replace(from, () => to);
  expect(outbox).not.toBe(OUTBOX);
  const issues = await wrong(outbox);
  for (const text of found) expect(issues).toContainEqual(expect.stringContaining(text));
  for (const issue of issues) {
    expect(issue).toMatch(
      /^SPOOKY_CONFIG_BAD_JOB_GUARD job.*; run spooky outbox upgrade api, which restores the guards$/,
    );
  }
});

it.each(['status, partition, run_at', 'request, partition', 'active_key', 'assigned_to, created_at'])(
  'names a missing index on %s',
  async (fields) => {
    const outbox = OUTBOX.replace(new RegExp(`^DEFINE INDEX .* FIELDS ${fields}( UNIQUE)?;`, 'm'), '');
    expect(await wrong(outbox)).toEqual([
      expect.stringMatching(new RegExp(`^SPOOKY_CONFIG_BAD_JOB_TABLE job\\..*FIELDS ${fields}`)),
    ]);
  },
);

it.each([...OUTBOX.matchAll(/^DEFINE FUNCTION OVERWRITE fn::job::(\w+)\(/gm)].map(([, name = '']) => name))(
  'reports each call of fn::job::%s if it is not defined',
  async (name) => {
    const outbox = OUTBOX.replace(`DEFINE FUNCTION OVERWRITE fn::job::${name}(`, `DEFINE FUNCTION fn::job::another(`);
    expect(outbox).not.toBe(OUTBOX);
    const found = (await wrong(outbox)).filter((issue) => issue.startsWith('SPOOKY_CONFIG_UNKNOWN_FUNCTION'));
    expect(found).toHaveLength(outbox.match(new RegExp(`fn::job::${name}\\(`, 'g'))?.length ?? 0);
    for (const issue of found) expect(issue).toContain(`fn::job::${name}: no schema file defines this function`);
  },
);

it('reports a job table without PERMISSIONS and one with PERMISSIONS FULL', async () => {
  const rules = / {2}PERMISSIONS\n(?: {4}FOR .*\n)+ {4}FOR delete NONE;/;
  expect(OUTBOX).toMatch(rules);
  expect(await wrong(OUTBOX.replace(rules, ';'))).toContainEqual(
    expect.stringMatching(/^SPOOKY_CONFIG_NO_PERMISSIONS job: has no PERMISSIONS, .*; add/),
  );
  expect(await wrong(OUTBOX.replace(rules, '  PERMISSIONS FULL;'))).toContainEqual(
    expect.stringMatching(/^SPOOKY_CONFIG_BAD_JOB_GUARD job: a user can delete a job; run spooky outbox upgrade api/),
  );
});
