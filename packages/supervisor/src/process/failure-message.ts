import { constants } from 'node:os';
import type { Activity } from '../diagnosis/activity.ts';

/** The error text of a process that exceeded its startup or heartbeat timeout of `ms` milliseconds. */
export function timeoutMessage(wasReady: boolean, ms: number, activity: Activity | undefined): string {
  const doing = activity === undefined ? '' : `; it was ${activity.text}`;
  return wasReady
    ? `no heartbeat for ${ms} ms${doing || '; it is blocked, or calls heartbeat() too rarely'}`
    : `not ready after ${ms} ms${doing}; raise startupTimeoutMs if it needs longer`;
}

/** The error text of a process that ended by itself without reporting a reason. */
export function exitMessage(
  exit: { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null },
  wasReady: boolean,
  hasToComplete: boolean,
): string {
  const how = exit.signal === null ? `exited with code ${codeText(exit.exitCode)}` : `was ended by ${exit.signal}`;
  const when = wasReady ? '' : ' before it was ready';
  const hint = exit.exitCode === 0 && hasToComplete ? ' without calling complete()' : '';
  return `${how}${when}${hint}`;
}

/** A shell reports a program that signal n has ended with the exit code 128 + n. */
function codeText(code: number | null): string {
  const [signal] = Object.entries(constants.signals).find(([, number]) => code === 128 + number) ?? [];
  return signal === undefined ? `${code}` : `${code} (${signal})`;
}
