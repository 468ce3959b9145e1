/**
 * The life of one process, as a pure machine: `transition(life, event, limits)` gives the next life and what to do.
 *
 *                        ready
 *      ┌── starting ───────────────▶ running ──┐
 *      │      │                         │      │
 *      │      └──── stop · timeout ·────┘      │
 *      │            complete · fail            │
 *      │                   ▼                   │
 *      │               stopping ── deadline, diagnosed ──▶ (kill)
 *      │                   │
 *     exit                exit                exit
 *      ▼                   ▼                   ▼
 *    failed     stopped · completed ·     failed (a command's exit 0: completed)
 *               failed · timed_out
 *
 * - Only `exit`, the confirmed end of the process, leads to a terminal state. Everything that ends a process before
 *   that (a stop, the watchdog, `complete()`, `fail()`) leads to `stopping`, which remembers the cause.
 * - The first cause wins: a child that answers a stop with `complete()` is `stopped`, one that is stopped after it
 *   failed is `failed`.
 * - A wedged entry is asked what it is doing before it is killed, for `DIAGNOSIS_MS` at the longest.
 * - One that waits for what it depends on is `starting` without a process, and without a timer until `launched`.
 * - One timer at most: startup while starting, heartbeat while running, the deadline of the stop while stopping.
 *   So the watchdog rests while stopping, and a terminal state has no timer.
 * - `started` is settled once: resolved on the way to running, or rejected on the way to a terminal state that
 *   never was running.
 */

import type { Activity } from '../diagnosis/activity.ts';
import { exitMessage, timeoutMessage } from './failure-text.ts';

/** So much later than its timeout an entry may be killed at most, because it is asked what it is doing. Milliseconds. */
export const DIAGNOSIS_MS = 5000;

/** The states of the process-lifecycle document. */
export type ProcessState = 'starting' | 'running' | 'stopping' | TerminalState;
export type TerminalState = 'stopped' | 'completed' | 'failed' | 'timed_out';

/** Why a process ended: the exit reasons of the process-lifecycle document. */
export type ExitReason = 'completed' | 'failed' | 'timed_out' | StopReason;

/** The intentional ends: a stop, a newer process of the same key, the supervisor's own close. */
export type StopReason = 'stopped' | 'replaced' | 'backend_unloaded';

/** What went wrong, in a form that crosses process borders. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

/** What the operating system said when the process was gone. `failure`: it never started, or not for long. */
export interface ExitStatus {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: Failure;
}

export type TimerName = 'startup' | 'heartbeat' | 'deadline';

export type Life =
  | { readonly state: 'starting' }
  | { readonly state: 'running' }
  | ({ readonly state: 'stopping' } & Ending)
  | ({ readonly state: TerminalState; readonly exit: ExitStatus } & Ending);

interface Ending {
  readonly reason: ExitReason;
  readonly failure?: Failure;
  /** What it was doing when it timed out, as far as that could be seen. */
  readonly activity?: Activity;
  /** Whether it had been running. */
  readonly wasReady: boolean;
  readonly forced: boolean;
}

export type LifeEvent =
  /** Its wait is over, and there is a process. */
  | { readonly type: 'launched' }
  | { readonly type: 'ready' }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly failure: Failure }
  /** `now`: without asking. Once stopping, only `now` still has an effect. */
  | { readonly type: 'stop'; readonly reason: StopReason; readonly now?: boolean }
  | { readonly type: 'timeout'; readonly timer: TimerName }
  /** It takes more of the machine than it may. */
  | { readonly type: 'overuse'; readonly failure: Failure }
  /** The answer to `diagnose`, if there is one. */
  | { readonly type: 'diagnosed'; readonly activity: Activity | undefined }
  | { readonly type: 'exit'; readonly exit: ExitStatus };

export type Effect =
  /** Tell everyone of the new state. */
  | 'publish'
  | 'resolve-started'
  | 'reject-started'
  /** Ask the process to end by itself. */
  | 'ask'
  /** Find out what it is doing; `diagnosed` follows. */
  | 'diagnose'
  /** SIGKILL to the process and all of its group. */
  | 'kill'
  /** Stop the running timer, if any. */
  | 'disarm'
  /** Replace the running timer. */
  | { readonly arm: TimerName; readonly ms: number };

export interface Limits {
  /** Milliseconds; 0 = no watchdog. */
  readonly startupTimeoutMs: number;
  /** Milliseconds; 0 = no watchdog. */
  readonly heartbeatTimeoutMs: number;
  /** Milliseconds between asking and killing; 0 = kill at once. */
  readonly stopTimeoutMs: number;
  /** Commands do: a late dev server is asked to end. A late entry is wedged, and killed. */
  readonly askOnTimeout: boolean;
  /** Commands do: a program that exits with 0 is done. An entry has to say `complete()`. */
  readonly exitZeroCompletes: boolean;
}

export interface Step {
  readonly life: Life;
  readonly effects: readonly Effect[];
}

export function begin(limits: Limits): Step {
  return { life: { state: 'starting' }, effects: ['publish', ...watch('startup', limits.startupTimeoutMs)] };
}

/** In the place of `begin`, when the process has to wait for others; `launched` follows. */
export function waitForDependencies(): Step {
  return { life: { state: 'starting' }, effects: ['publish'] };
}

export function isTerminal(life: Life): life is Extract<Life, { state: TerminalState }> {
  return 'exit' in life;
}

export function transition(life: Life, event: LifeEvent, limits: Limits): Step {
  if (isTerminal(life)) return { life, effects: [] };
  if (event.type === 'exit') return end(life, event.exit, limits);
  if (life.state === 'stopping') return hurry(life, event, limits);

  const wasReady = life.state === 'running';
  switch (event.type) {
    case 'launched':
      return { life, effects: wasReady ? [] : watch('startup', limits.startupTimeoutMs) };
    case 'ready': {
      if (wasReady) return { life, effects: [] };
      const heartbeat = watch('heartbeat', limits.heartbeatTimeoutMs);
      return { life: { state: 'running' }, effects: ['disarm', ...heartbeat, 'publish', 'resolve-started'] };
    }
    case 'heartbeat':
      return { life, effects: wasReady ? watch('heartbeat', limits.heartbeatTimeoutMs) : [] };
    case 'complete':
      return leave({ reason: 'completed', wasReady, forced: false }, false, limits);
    case 'fail':
      return leave({ reason: 'failed', failure: event.failure, wasReady, forced: false }, false, limits);
    case 'stop':
      return leave({ reason: event.reason, wasReady, forced: event.now === true }, true, limits);
    case 'overuse':
      return leave({ reason: 'failed', failure: event.failure, wasReady, forced: true }, false, limits);
    case 'timeout':
      // A timer that was already on its way when the state changed.
      if (event.timer !== (wasReady ? 'heartbeat' : 'startup')) return { life, effects: [] };
      return timeOut(wasReady, limits);
    case 'diagnosed':
      return { life, effects: [] };
  }
}

function timeOut(wasReady: boolean, limits: Limits): Step {
  const failure = { message: timeoutMessage(wasReady, budget(wasReady, limits), undefined) };
  const life: Life = { state: 'stopping', reason: 'timed_out', failure, wasReady, forced: false };
  const ms = limits.askOnTimeout ? limits.stopTimeoutMs : DIAGNOSIS_MS;
  const then: readonly Effect[] = limits.askOnTimeout ? ['ask'] : [];
  return { life, effects: [{ arm: 'deadline', ms }, 'publish', 'diagnose', ...then] };
}

function leave(ending: Ending, ask: boolean, limits: Limits): Step {
  const life: Life = { state: 'stopping', ...ending };
  if (ending.forced) return { life, effects: ['disarm', 'publish', 'kill'] };
  const deadline: Effect = { arm: 'deadline', ms: limits.stopTimeoutMs };
  return { life, effects: [deadline, 'publish', ...(ask ? (['ask'] as const) : [])] };
}

function hurry(life: Extract<Life, { state: 'stopping' }>, event: LifeEvent, limits: Limits): Step {
  if (event.type === 'diagnosed') return diagnosed(life, event.activity, limits);
  if (event.type === 'fail' && life.failure === undefined) {
    return { life: { ...life, failure: event.failure }, effects: [] };
  }
  const now =
    (event.type === 'timeout' && event.timer === 'deadline') ||
    (event.type === 'stop' && event.now === true) ||
    event.type === 'overuse';
  if (!now || life.forced) return { life, effects: [] };
  return { life: { ...life, forced: true }, effects: ['disarm', 'kill'] };
}

function diagnosed(life: Extract<Life, { state: 'stopping' }>, activity: Activity | undefined, limits: Limits): Step {
  if (life.reason !== 'timed_out' || life.activity !== undefined || life.forced) return { life, effects: [] };
  const failure = { message: timeoutMessage(life.wasReady, budget(life.wasReady, limits), activity) };
  const known: Life = activity === undefined ? life : { ...life, activity, failure };
  return limits.askOnTimeout
    ? { life: known, effects: [] }
    : { life: { ...known, forced: true }, effects: ['disarm', 'kill'] };
}

function end(life: Exclude<Life, { state: TerminalState }>, exit: ExitStatus, limits: Limits): Step {
  const ending = life.state === 'stopping' ? life : unasked(life.state === 'running', exit, limits);
  const state = terminalState(ending.reason);
  const effects: Effect[] = ['disarm', 'publish'];
  if (!ending.wasReady) effects.push('reject-started');
  return { life: { ...ending, state, exit }, effects };
}

function unasked(wasReady: boolean, exit: ExitStatus, limits: Limits): Ending {
  if (wasReady && exit.exitCode === 0 && limits.exitZeroCompletes) {
    return { reason: 'completed', wasReady, forced: false };
  }
  const failure = exit.failure ?? { message: exitMessage(exit, wasReady, !limits.exitZeroCompletes) };
  return { reason: 'failed', failure, wasReady, forced: false };
}

function terminalState(reason: ExitReason): TerminalState {
  return reason === 'replaced' || reason === 'backend_unloaded' ? 'stopped' : reason;
}

function budget(wasReady: boolean, limits: Limits): number {
  return wasReady ? limits.heartbeatTimeoutMs : limits.startupTimeoutMs;
}

function watch(timer: 'startup' | 'heartbeat', ms: number): Effect[] {
  return ms > 0 ? [{ arm: timer, ms }] : [];
}
