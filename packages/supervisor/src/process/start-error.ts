import { type ProcessExit, SupervisorError, type SupervisorErrorCode } from '../errors.ts';
import { restoreError } from '../failure/restore-error.ts';
import type { Lifecycle } from './lifecycle.ts';

const STDERR_LINES = 10;

/** The error of a spawn whose process ended before it was ready. `name` is the kind and key, for people. */
export function startError(name: string, lifecycle: Lifecycle, exit: ProcessExit | undefined): SupervisorError {
  const reason = 'reason' in lifecycle ? lifecycle.reason : 'failed';
  const failure = 'failure' in lifecycle ? lifecycle.failure : undefined;
  const otherwise =
    reason === 'completed'
      ? 'completed before it was ready; call ready() before complete()'
      : `was ${reason} before it was ready`;
  const tail = exit?.stderr.slice(-STDERR_LINES) ?? [];
  const output = tail.length === 0 ? '' : `\nLast lines of stderr:\n${tail.join('\n')}`;
  const code = startErrorCode(reason, failure?.code);
  const message = `${name}: ${failure?.message ?? otherwise}${output}`;
  const cause = failure?.detail === undefined ? {} : { cause: restoreError(failure.detail) };
  return new SupervisorError(code, message, { ...cause, ...(exit === undefined ? {} : { exit }) });
}

/** Failure codes that are more specific than the exit reason. */
const SPECIFIC_CODES = [
  'SPOOKY_SUPERVISOR_ENTRY_LOAD',
  'SPOOKY_SUPERVISOR_ENTRY_NO_EXPORT',
  'SPOOKY_SUPERVISOR_DEPENDENCY_FAILED',
  'SPOOKY_SUPERVISOR_MEMORY_LIMIT',
  'SPOOKY_SUPERVISOR_HEAP_LIMIT',
] as const;

function startErrorCode(reason: string, failureCode: string | undefined): SupervisorErrorCode {
  const known = SPECIFIC_CODES.find((code) => code === failureCode);
  if (known !== undefined) return known;
  if (reason === 'timed_out') return 'SPOOKY_SUPERVISOR_START_TIMED_OUT';
  if (reason === 'replaced') return 'SPOOKY_SUPERVISOR_START_REPLACED';
  if (reason === 'stopped' || reason === 'backend_unloaded') return 'SPOOKY_SUPERVISOR_START_STOPPED';
  return 'SPOOKY_SUPERVISOR_START_FAILED';
}
