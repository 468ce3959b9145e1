import { constants } from 'node:os';
import type { Activity } from '../diagnosis/activity.ts';

/** The timeouts in milliseconds, and what the error of a late start advises. */
interface TimeoutTexts {
  readonly startupTimeoutMs: number;
  readonly startupAdvice: string;
  readonly heartbeatTimeoutMs: number;
}

/** The error text of a process that exceeded its startup or heartbeat timeout. */
export function timeoutMessage(wasReady: boolean, limits: TimeoutTexts, activity: Activity | undefined): string {
  const doing = activity === undefined ? '' : `; it was ${activity.text}`;
  return wasReady
    ? `no heartbeat for ${limits.heartbeatTimeoutMs} ms${doing || '; it is blocked, or calls heartbeat() too rarely'}`
    : `not ready after ${limits.startupTimeoutMs} ms${doing}; ${limits.startupAdvice}`;
}

/** The error text of a process that ended by itself without reporting a reason. */
export function exitMessage(
  exit: { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null },
  wasReady: boolean,
  hasToComplete: boolean,
): string {
  const how = exit.signal === null ? `exited with code ${codeText(exit.exitCode)}` : `was ended by ${exit.signal}`;
  const when = wasReady ? '' : ' before it was ready';
  const missing = wasReady ? ' without calling complete()' : '; call ready() before it ends';
  return `${how}${when}${exit.exitCode === 0 && hasToComplete ? missing : ''}`;
}

/** A shell reports a program that signal n has ended with the exit code 128 + n. */
function codeText(code: number | null): string {
  const [signal] = Object.entries(constants.signals).find(([, number]) => code === 128 + number) ?? [];
  return signal === undefined ? `${code}` : `${code} (${signal})`;
}
