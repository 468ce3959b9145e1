/**
 * The lifecycle of one process as a pure state machine: `transition(lifecycle, event, limits)` returns the next state and
 * its effects.
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
 * - Only `exit`, the confirmed end of the process, leads to a terminal state. Every other cause of an end (a stop, the
 *   watchdog, `complete()`, `fail()`) leads to `stopping`, which stores the cause.
 * - The first cause wins: a child that answers a stop with `complete()` is `stopped`; a child that is stopped after it
 *   failed is `failed`.
 * - An entry that timed out is diagnosed before it is killed, for at most `DIAGNOSIS_MS`.
 * - A process that waits for its dependencies is `starting` without a child, and without a timer until `launched`.
 * - At most one timer runs: startup while starting, heartbeat while running, the stop deadline while stopping. So the
 *   watchdog is off while stopping, and a terminal state has no timer.
 * - `started` settles once: it resolves on the way to running, or rejects on the way to a terminal state if the process
 *   never was running.
 */

import type { Activity } from '../diagnosis/activity.ts';
import type { ErrorDetail } from '../failure/error-detail.ts';
import { exitMessage, timeoutMessage } from './failure-message.ts';

/** Maximum time between the timeout of an entry and its kill, because the diagnosis comes first. Milliseconds. */
export const DIAGNOSIS_MS = 5000;

/** The states of a process (seed 003, "Lifecycle states"). */
export type ProcessState = 'starting' | 'running' | 'stopping' | TerminalState;
/** The states in which the process has ended, with all of its group. */
export type TerminalState = 'stopped' | 'completed' | 'failed' | 'timed_out';

/** Why a process ended (seed 003, "Common exit reasons"). */
export type ExitReason = 'completed' | 'failed' | 'timed_out' | StopReason;

/** The intentional ends: a stop, a newer process with the same key, the `close` of the supervisor. */
export type StopReason = 'stopped' | 'replaced' | 'backend_unloaded';

/** What went wrong. */
export interface Failure {
  /** A text for people. */
  readonly message: string;
  readonly code?: string;
  /** The error of the entry, if it reported one. */
  readonly detail?: ErrorDetail;
}

/**
 * How the operating system reported the end. `failure` is set if the process could not be started, or has a more
 * specific error.
 */
export interface ExitStatus {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: Failure;
}

export type TimerName = 'startup' | 'heartbeat' | 'deadline';

export type Lifecycle =
  | { readonly state: 'starting' }
  | { readonly state: 'running' }
  | ({ readonly state: 'stopping' } & Ending)
  | ({ readonly state: TerminalState; readonly exit: ExitStatus } & Ending);

interface Ending {
  readonly reason: ExitReason;
  readonly failure?: Failure;
  /** What the process was doing when it timed out, if known. */
  readonly activity?: Activity;
  /** Whether the process has been `running`. */
  readonly wasReady: boolean;
  readonly forced: boolean;
}

export type LifecycleInput =
  /** The wait for dependencies is over and the child exists. */
  | { readonly type: 'launched' }
  | { readonly type: 'ready' }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly failure: Failure }
  /** `now`: kill without asking first. While stopping, only a stop with `now` has an effect. */
  | { readonly type: 'stop'; readonly reason: StopReason; readonly now?: boolean }
  | { readonly type: 'timeout'; readonly timer: TimerName }
  /** The process exceeded its memory limit. */
  | { readonly type: 'overuse'; readonly failure: Failure }
  /** The result of `diagnose`. */
  | { readonly type: 'diagnosed'; readonly activity: Activity | undefined }
  | { readonly type: 'exit'; readonly exit: ExitStatus };

export type Effect =
  /** Publish the new state. */
  | 'publish'
  | 'resolve-started'
  | 'reject-started'
  /** Ask the process to end. */
  | 'ask'
  /** Find out what the process is doing; `diagnosed` follows. */
  | 'diagnose'
  /** Send SIGKILL to the process group. */
  | 'kill'
  /** Cancel the timer, if one runs. */
  | 'disarm'
  /** Replace the running timer. */
  | { readonly arm: TimerName; readonly ms: number };

export interface Limits {
  /** Milliseconds; 0 = no watchdog. */
  readonly startupTimeoutMs: number;
  /** The second half of the error text after that time. */
  readonly startupAdvice: string;
  /** Milliseconds; 0 = no watchdog. */
  readonly heartbeatTimeoutMs: number;
  /** Time between asking and killing. Milliseconds; 0 = kill immediately. */
  readonly stopTimeoutMs: number;
  /** True for commands: a dev server that is late is asked to end. An entry that is late is stuck and is killed. */
  readonly askOnTimeout: boolean;
  /** True for commands: a program that exits with 0 has completed. An entry has to call `complete()`. */
  readonly exitZeroCompletes: boolean;
}

export interface Step {
  readonly lifecycle: Lifecycle;
  readonly effects: readonly Effect[];
}

export function begin(limits: Limits): Step {
  return { lifecycle: { state: 'starting' }, effects: ['publish', ...armWatchdog('startup', limits.startupTimeoutMs)] };
}

/** Used instead of `begin` if the process has to wait for its dependencies; `launched` follows. */
export function waitForDependencies(): Step {
  return { lifecycle: { state: 'starting' }, effects: ['publish'] };
}

export function isTerminal(lifecycle: Lifecycle): lifecycle is Extract<Lifecycle, { state: TerminalState }> {
  return 'exit' in lifecycle;
}

export function transition(lifecycle: Lifecycle, event: LifecycleInput, limits: Limits): Step {
  if (isTerminal(lifecycle)) return { lifecycle, effects: [] };
  if (event.type === 'exit') return terminalStep(lifecycle, event.exit, limits);
  if (lifecycle.state === 'stopping') return transitionWhileStopping(lifecycle, event, limits);

  const wasReady = lifecycle.state === 'running';
  switch (event.type) {
    case 'launched':
      return { lifecycle, effects: wasReady ? [] : armWatchdog('startup', limits.startupTimeoutMs) };
    case 'ready': {
      if (wasReady) return { lifecycle, effects: [] };
      const heartbeat = armWatchdog('heartbeat', limits.heartbeatTimeoutMs);
      return { lifecycle: { state: 'running' }, effects: ['disarm', ...heartbeat, 'publish', 'resolve-started'] };
    }
    case 'heartbeat':
      return { lifecycle, effects: wasReady ? armWatchdog('heartbeat', limits.heartbeatTimeoutMs) : [] };
    case 'complete':
      return beginStopping({ reason: 'completed', wasReady, forced: false }, false, limits);
    case 'fail':
      return beginStopping({ reason: 'failed', failure: event.failure, wasReady, forced: false }, false, limits);
    case 'stop':
      return beginStopping({ reason: event.reason, wasReady, forced: event.now === true }, true, limits);
    case 'overuse':
      return beginStopping({ reason: 'failed', failure: event.failure, wasReady, forced: true }, false, limits);
    case 'timeout':
      // The timer had already fired when the state changed.
      if (event.timer !== (wasReady ? 'heartbeat' : 'startup')) return { lifecycle, effects: [] };
      return beginTimeout(wasReady, limits);
    case 'diagnosed':
      return { lifecycle, effects: [] };
  }
}

function beginTimeout(wasReady: boolean, limits: Limits): Step {
  const failure = { message: timeoutMessage(wasReady, limits, undefined) };
  const lifecycle: Lifecycle = { state: 'stopping', reason: 'timed_out', failure, wasReady, forced: false };
  const ms = limits.askOnTimeout ? limits.stopTimeoutMs : DIAGNOSIS_MS;
  const then: readonly Effect[] = limits.askOnTimeout ? ['ask'] : [];
  return { lifecycle, effects: [{ arm: 'deadline', ms }, 'publish', 'diagnose', ...then] };
}

function beginStopping(ending: Ending, ask: boolean, limits: Limits): Step {
  const lifecycle: Lifecycle = { state: 'stopping', ...ending };
  if (ending.forced) return { lifecycle, effects: ['disarm', 'publish', 'kill'] };
  const deadline: Effect = { arm: 'deadline', ms: limits.stopTimeoutMs };
  return { lifecycle, effects: [deadline, 'publish', ...(ask ? (['ask'] as const) : [])] };
}

function transitionWhileStopping(
  lifecycle: Extract<Lifecycle, { state: 'stopping' }>,
  event: LifecycleInput,
  limits: Limits,
): Step {
  if (event.type === 'diagnosed') return diagnosed(lifecycle, event.activity, limits);
  if (event.type === 'fail' && lifecycle.failure === undefined) {
    return { lifecycle: { ...lifecycle, failure: event.failure }, effects: [] };
  }
  const now =
    (event.type === 'timeout' && event.timer === 'deadline') ||
    (event.type === 'stop' && event.now === true) ||
    event.type === 'overuse';
  if (!now || lifecycle.forced) return { lifecycle, effects: [] };
  return { lifecycle: { ...lifecycle, forced: true }, effects: ['disarm', 'kill'] };
}

function diagnosed(
  lifecycle: Extract<Lifecycle, { state: 'stopping' }>,
  activity: Activity | undefined,
  limits: Limits,
): Step {
  if (lifecycle.reason !== 'timed_out' || lifecycle.activity !== undefined || lifecycle.forced)
    return { lifecycle, effects: [] };
  const failure = { message: timeoutMessage(lifecycle.wasReady, limits, activity) };
  const known: Lifecycle = activity === undefined ? lifecycle : { ...lifecycle, activity, failure };
  return limits.askOnTimeout
    ? { lifecycle: known, effects: [] }
    : { lifecycle: { ...known, forced: true }, effects: ['disarm', 'kill'] };
}

function terminalStep(lifecycle: Exclude<Lifecycle, { state: TerminalState }>, exit: ExitStatus, limits: Limits): Step {
  const ending =
    lifecycle.state === 'stopping' ? lifecycle : unexpectedEnding(lifecycle.state === 'running', exit, limits);
  const state = terminalState(ending.reason);
  const effects: Effect[] = ['disarm', 'publish'];
  if (!ending.wasReady) effects.push('reject-started');
  return { lifecycle: { ...ending, state, exit }, effects };
}

function unexpectedEnding(wasReady: boolean, exit: ExitStatus, limits: Limits): Ending {
  if (wasReady && exit.exitCode === 0 && limits.exitZeroCompletes) {
    return { reason: 'completed', wasReady, forced: false };
  }
  const failure = exit.failure ?? { message: exitMessage(exit, wasReady, !limits.exitZeroCompletes) };
  return { reason: 'failed', failure, wasReady, forced: false };
}

function terminalState(reason: ExitReason): TerminalState {
  return reason === 'replaced' || reason === 'backend_unloaded' ? 'stopped' : reason;
}

function armWatchdog(timer: 'startup' | 'heartbeat', ms: number): Effect[] {
  return ms > 0 ? [{ arm: timer, ms }] : [];
}
