import { decodeValue, type WireWrite } from '@spookify/gateway/wire';
import type { ClientErrorCode } from '../errors.ts';
import type { PendingWrite, WriteState } from '../queue/pending-write.ts';
import type { FailedWrite } from '../sync/sync.ts';

/** A write of the queue. */
export interface WriteReport {
  readonly key: string;
  readonly kind: WireWrite['kind'];
  readonly record: string;
  readonly madeAt: Date;
  /** How long ago it was made. Milliseconds. */
  readonly age: number;
  /** The names of the fields that it sets; for `run` those of the payload. */
  readonly fields: readonly string[];
  /** The values of the fields, if `showValues` is set. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** A write that queries show or have just shown. */
export interface PendingReport extends WriteReport {
  readonly state: Exclude<WriteState['kind'], 'failed'>;
}

/** A refused write. */
export interface FailedReport extends WriteReport, Pick<FailedWrite, 'retry' | 'discard'> {
  readonly code: ClientErrorCode;
  /** The names of the fields that somebody else has changed. */
  readonly conflict: readonly string[];
  /** The message of the error, which may quote values, if `showValues` is set. */
  readonly message?: string;
}

/** @returns undefined for a refused write */
export function pendingReport(entry: PendingWrite, showValues: boolean): PendingReport | undefined {
  const { key, write, record, madeAt, state } = entry;
  if (state.kind === 'failed') return undefined;
  const common = { key, kind: write.kind, record, state: state.kind };
  return { ...common, ...timesOf(new Date(madeAt)), ...contentOf(fieldsOf(write), showValues) };
}

export function failedReport(failed: FailedWrite, showValues: boolean): FailedReport {
  const { key, kind, id, fields, error, madeAt } = failed;
  return {
    ...{ key, kind, record: id.toString(), code: error.code, conflict: Object.keys(error.conflict) },
    ...(showValues ? { message: error.message } : {}),
    ...timesOf(madeAt),
    ...contentOf(fields, showValues),
    retry: failed.retry,
    discard: failed.discard,
  };
}

function timesOf(madeAt: Date): Pick<WriteReport, 'madeAt' | 'age'> {
  return { madeAt, age: Date.now() - madeAt.getTime() };
}

function contentOf(
  values: Readonly<Record<string, unknown>>,
  showValues: boolean,
): Pick<WriteReport, 'fields' | 'values'> {
  return { fields: Object.keys(values), ...(showValues ? { values } : {}) };
}

function fieldsOf(write: WireWrite): Readonly<Record<string, unknown>> {
  if (write.kind === 'delete') return {};
  if (write.kind === 'run') return { ...Object(decodeValue(write.payload)) };
  return Object.fromEntries(Object.entries(write.fields).map(([name, value]) => [name, decodeValue(value)]));
}
