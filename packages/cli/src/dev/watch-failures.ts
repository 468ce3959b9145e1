import type { LifecycleEvent } from '@spookify/supervisor';
import { CliError } from '../errors.ts';
import { DATABASE, shownName } from './plan.ts';

/** A dev server may lose a race at its first start; twice is a failure. */
const START_TRIES = 2;

/**
 * Says when the stack cannot go on. While it starts: when the database or the runner fails once, or a command twice,
 * for nobody wants to wait for restarts of what is plainly broken. Later, only when the database has given up:
 * everything else is better mended while the rest runs.
 */
export function createFailureWatch(): {
  /** The reason to end, if this event is one. */
  see(event: LifecycleEvent, isUp: boolean): CliError | undefined;
} {
  const failedStarts = new Map<string, number>();
  return {
    see(event, isUp) {
      const { kind, state, error, gaveUp } = event;
      if (event.exit === undefined || (state !== 'failed' && state !== 'timed_out')) return undefined;
      if (isUp) {
        if (kind !== DATABASE || !gaveUp) return undefined;
        const message = `The database failed too often (${error ?? state}); its last lines above say why.`;
        return new CliError('SPOOKY_CLI_DATABASE_LOST', message);
      }
      if (event.readyAt !== undefined && !gaveUp) return undefined;
      if (shownName(kind) !== kind) return undefined;
      const failures = (failedStarts.get(kind) ?? 0) + 1;
      failedStarts.set(kind, failures);
      if (event.type === 'command' && failures < START_TRIES && !gaveUp) return undefined;
      return new CliError('SPOOKY_CLI_START_FAILED', `${kind} did not start: ${error ?? state}`);
    },
  };
}
