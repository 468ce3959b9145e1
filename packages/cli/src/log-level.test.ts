import { expect, it } from 'vitest';
import { logLevelOf } from './log-level.ts';

it('is info unless LOG_LEVEL says otherwise', () => {
  expect(logLevelOf({})).toBe('info');
  expect(logLevelOf({ LOG_LEVEL: '' })).toBe('info');
  expect(logLevelOf({ LOG_LEVEL: 'warn' })).toBe('warn');
});

it('refuses what is no level, and says what is', () => {
  expect(() => logLevelOf({ LOG_LEVEL: 'loud' })).toThrow(
    'LOG_LEVEL is not a level; write one of trace, debug, info, warn, error, fatal, silent.',
  );
});
