import { CliError } from './errors.ts';
import type { Environment } from './project.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * The log level of a runner or gateway, from `LOG_LEVEL`. Default: `info`, at which a runner logs every attempt.
 *
 * @throws CliError `SPOOKY_CLI_BAD_ARGUMENT`
 */
export function logLevelOf({ LOG_LEVEL: wanted }: Environment): (typeof LEVELS)[number] {
  const level = LEVELS.find((one) => one === (wanted || 'info'));
  if (level !== undefined) return level;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', `LOG_LEVEL is not a level; write one of ${LEVELS.join(', ')}.`);
}
