import { expect, test } from 'vitest';
import { exitMessage } from './failure-message.ts';

test.each([
  [1, null, 'exited with code 1'],
  [128, null, 'exited with code 128'],
  [130, null, 'exited with code 130 (SIGINT)'],
  [137, null, 'exited with code 137 (SIGKILL)'],
  [139, null, 'exited with code 139 (SIGSEGV)'],
  [255, null, 'exited with code 255'],
  [null, 'SIGTERM', 'was ended by SIGTERM'],
] as const)('names the signal of exit code %s, signal %s', (exitCode, signal, text) => {
  expect(exitMessage({ exitCode, signal }, true, false)).toBe(text);
});

test.each([
  [false, true, 'exited with code 0 before it was ready; call ready() before it ends'],
  [true, true, 'exited with code 0 without calling complete()'],
  [false, false, 'exited with code 0 before it was ready'],
])('names what an entry should have called: was ready %s, entry %s', (wasReady, isEntry, text) => {
  expect(exitMessage({ exitCode: 0, signal: null }, wasReady, isEntry)).toBe(text);
});
