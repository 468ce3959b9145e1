import { CliError } from './errors.ts';
import type { Environment } from './project.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * How much a runner tells, from `LOG_LEVEL`; `info`, a line for each attempt, where it is not set.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT`
 */
export function logLevelOf({ LOG_LEVEL: wanted }: Environment): (typeof LEVELS)[number] {
  const level = LEVELS.find((one) => one === (wanted || 'info'));
  if (level !== undefined) return level;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `LOG_LEVEL is not a level; write one of ${LEVELS.join(', ')}.`);
}
