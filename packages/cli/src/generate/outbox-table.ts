import { CLIENT_SETS } from '@spookify/config/job-fields';
import { alternatives, type Kind, parseKind } from './kind.ts';
import type { TableStructure } from './structure.ts';

/** A fault of a job table: the runner cannot use it, or users can do what only the runner may do. */
export interface OutboxFault {
  /** Absent if the fault concerns the table as a whole. */
  readonly field?: string;
  readonly message: string;
}

/** The fields that the runner and the client need, and the kinds that each must accept. */
const RELIED_ON: Readonly<Record<string, readonly string[]>> = {
  assigned_to: ['none', 'record'],
  path: ['string'],
  payload: ['object'],
  max_retries: ['int'],
  retry_strategy: ["'linear'", "'exponential'"],
  timeout: ['none', 'duration'],
  request: ['none', "'cancel'", "'retry'"],
  created_by: ['none', 'record'],
  created_at: ['datetime'],
  updated_at: ['datetime'],
  status: ["'pending'", "'processing'", "'success'", "'failed'"],
  run_at: ['datetime'],
  retries: ['int'],
  reruns: ['int'],
  rescues: ['int'],
  errors: ['array'],
  result: ['any'],
  progress: ['none', 'object'],
  runner: ['none', 'string'],
  partition: ['int'],
  unique_key: ['none', 'string'],
  active_key: ['none', 'string'],
};

/** The first fields of the indexes by which jobs are read: those of the runner, and that of the relation `jobs`. */
const READ_BY: readonly (readonly string[])[] = [
  ['status', 'partition', 'run_at'],
  ['request', 'partition'],
  ['active_key'],
  ['assigned_to', 'created_at'],
];

/** The fields of a job table that a client may set. */
export function settable<T>(fields: ReadonlyMap<string, T>, use: 'create' | 'update'): ReadonlyMap<string, T> {
  const names: readonly string[] = CLIENT_SETS[use];
  return new Map([...fields].filter(([name]) => names.includes(name)));
}

/**
 * Checks that a table can be an outbox: it needs every field of the runner with a suitable kind, and every index by which jobs are read.
 */
export function checkOutboxTable(table: TableStructure): OutboxFault[] {
  const faults: OutboxFault[] = [];
  const fields = new Map(table.fields.map((field) => [field.name, field]));
  for (const [name, wanted] of Object.entries(RELIED_ON)) {
    const field = fields.get(name);
    if (field === undefined) {
      faults.push({ field: name, message: `the job table has no such field; define it TYPE ${written(wanted)}` });
      continue;
    }
    const kind = parseKind(field.kind);
    if (!wanted.every((option) => holds(kind, parseKind(option)))) {
      const is = field.kind ?? 'any';
      faults.push({
        field: name,
        message: `is ${is}, which cannot hold what a job needs; define it TYPE ${written(wanted)}`,
      });
    }
  }
  return [...faults, ...missingIndexes(table)];
}

function missingIndexes({ name: table, indexes }: TableStructure): OutboxFault[] {
  return READ_BY.filter(
    (fields) => !indexes.some(({ cols }) => fields.every((field, position) => cols[position] === field)),
  ).map((fields) => {
    const unique = fields[0] === 'active_key' ? ' UNIQUE' : '';
    const index = `DEFINE INDEX ${table}_${fields.join('_')} ON ${table} FIELDS ${fields.join(', ')}${unique}`;
    return { field: fields[0] ?? '', message: `no index begins with ${fields.join(', ')}; write ${index}` };
  });
}

/** Whether a field of `kind` accepts every value of `wanted`. */
function holds(kind: Kind, wanted: Kind): boolean {
  return alternatives(kind).some((option) => {
    if (option.type === 'word' && option.word === 'any') return true;
    if (wanted.type === 'literal') {
      if (option.type === 'literal') return option.value === wanted.value;
      return option.type === 'word' && option.word === 'string';
    }
    if (wanted.type !== 'word' || option.type !== 'word') return false;
    return option.word === wanted.word || (wanted.word === 'int' && option.word === 'number');
  });
}

/** The kind as text for DEFINE FIELD. */
function written(wanted: readonly string[]): string {
  const present = wanted.filter((option) => option !== 'none').join(' | ');
  return present.length < wanted.join(' | ').length ? `option<${present}>` : present;
}
