import { expect, it } from 'vitest';
import { logLevelOf } from './log-level.ts';

it('uses info unless LOG_LEVEL is set', () => {
  expect(logLevelOf({})).toBe('info');
  expect(logLevelOf({ LOG_LEVEL: '' })).toBe('info');
  expect(logLevelOf({ LOG_LEVEL: 'warn' })).toBe('warn');
});

it('refuses an unknown level and lists the valid ones', () => {
  expect(() => logLevelOf({ LOG_LEVEL: 'loud' })).toThrow(
    'LOG_LEVEL is not a level; write one of trace, debug, info, warn, error, fatal, silent.',
  );
});
