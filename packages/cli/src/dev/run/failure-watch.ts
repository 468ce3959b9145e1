import type { LifecycleEvent } from '@spookify/supervisor';
import { CliError } from '../../errors.ts';
import { DATABASE, displayName } from '../plan/plan.ts';

/** The first start of a dev server may fail by a race. The second failure ends the stack. */
const START_TRIES = 2;

/**
 * Decides when a failure ends the stack. During the start, one failure of the database, the runner or the gateway does, or two of a
 * command, because further restarts rarely help. Later, only a database that has failed too often ends the stack. Other processes are
 * easier to repair while the rest runs.
 */
export function createFailureWatch(): {
  /** Returns the error that ends the stack, if this event is such a failure. */
  see(event: LifecycleEvent, isUp: boolean): CliError | undefined;
} {
  const failedStarts = new Map<string, number>();
  return {
    see(event, isUp) {
      const { kind, state, error, gaveUp } = event;
      if (event.exit === undefined || (state !== 'failed' && state !== 'timed_out')) return undefined;
      if (isUp) {
        if (kind !== DATABASE || !gaveUp) return undefined;
        const message = `The database failed too often (${error ?? state}); see its last lines above.`;
        return new CliError('SPOOKY_CLI_DATABASE_LOST', message);
      }
      if (event.readyAt !== undefined && !gaveUp) return undefined;
      if (displayName(kind) !== kind) return undefined;
      const failures = (failedStarts.get(kind) ?? 0) + 1;
      failedStarts.set(kind, failures);
      if (event.type === 'command' && failures < START_TRIES && !gaveUp) return undefined;
      return new CliError('SPOOKY_CLI_START_FAILED', `${kind} did not start: ${error ?? state}`);
    },
  };
}
