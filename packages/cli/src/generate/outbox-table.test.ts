import { expect, test } from 'vitest';
import { checkOutboxTable } from './outbox-table.ts';
import type { FieldStructure, TableStructure } from './structure.ts';

const INDEXES = [
  { name: 'due', cols: ['status', 'partition', 'run_at'] },
  { name: 'asked', cols: ['request', 'partition'] },
  { name: 'unique', cols: ['active_key'] },
  { name: 'assigned', cols: ['assigned_to', 'created_at'] },
];
const everyone = { select: true, create: true, update: true };

function tableOf(kinds: Readonly<Record<string, string | undefined>>): TableStructure {
  const fields = Object.entries(kinds).map(
    ([name, kind]): FieldStructure => ({ name, permissions: everyone, ...(kind !== undefined && { kind }) }),
  );
  return { name: 'job', permissions: { ...everyone, delete: true }, fields, indexes: INDEXES };
}

const GOOD = {
  assigned_to: 'none | record<thread | comment>',
  path: 'string',
  payload: 'object',
  max_retries: 'int',
  retry_strategy: "'linear' | 'exponential'",
  timeout: 'none | duration',
  request: "none | 'cancel' | 'retry'",
  created_by: 'none | record<user>',
  created_at: 'datetime',
  updated_at: 'datetime',
  status: "'pending' | 'processing' | 'success' | 'failed'",
  run_at: 'datetime',
  retries: 'int',
  reruns: 'number',
  rescues: 'int',
  errors: 'array<object>',
  result: 'any',
  progress: 'none | object',
  runner: 'none | string',
  partition: 'int',
  unique_key: 'none | string',
  active_key: 'none | string',
};

test('accepts a table with every field, including wider kinds', () => {
  expect(checkOutboxTable(tableOf(GOOD))).toEqual([]);
  expect(checkOutboxTable(tableOf({ ...GOOD, status: 'string', errors: 'any', runner: undefined }))).toEqual([]);
});

test('reports each field that is missing or has the wrong kind', () => {
  const { run_at: _, ...rest } = GOOD;
  const table = tableOf({ ...rest, status: "'pending' | 'success'", runner: 'string', retries: 'string' });
  expect(checkOutboxTable(table)).toEqual([
    {
      field: 'status',
      message:
        "is 'pending' | 'success', which cannot hold what a job needs; define it TYPE 'pending' | 'processing' | 'success' | 'failed'",
    },
    { field: 'run_at', message: 'the job table has no such field; define it TYPE datetime' },
    { field: 'retries', message: 'is string, which cannot hold what a job needs; define it TYPE int' },
    { field: 'runner', message: 'is string, which cannot hold what a job needs; define it TYPE option<string>' },
  ]);
});

test('reports each missing index by which jobs are read', () => {
  const [, ...rest] = INDEXES;
  const [turned, longer] = [
    ['run_at', 'status', 'partition'],
    ['status', 'partition', 'run_at', 'path'],
  ].map((cols) => ({ name: 'due', cols }));
  const faultsOf = (indexes: TableStructure['indexes']) => checkOutboxTable({ ...tableOf(GOOD), indexes });
  const missing = {
    field: 'status',
    message:
      'no index begins with status, partition, run_at; write DEFINE INDEX job_status_partition_run_at ON job FIELDS status, partition, run_at',
  };
  expect(faultsOf(rest)).toEqual([missing]);
  expect(faultsOf([...rest, ...(turned ? [turned] : [])])).toEqual([missing]);
  expect(faultsOf([...rest, ...(longer ? [longer] : [])])).toEqual([]);
});
