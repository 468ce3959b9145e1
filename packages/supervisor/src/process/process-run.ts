import type { ProcessExit } from '../errors.ts';
import { SupervisorError } from '../errors.ts';
import type { MemoryLimited } from '../measure/memory-watch.ts';
import type { DependencyCondition, DependsOn, Gate } from '../spawn/dependencies.ts';
import { Deadline } from '../terminate/deadline.ts';
import type { OutputPiece } from '../transport/output-lines.ts';
import type { Packed } from '../transport/protocol.ts';
import type { OutputStream, Transport, TransportListener } from '../transport/transport.ts';
import { LastLines } from './last-lines.ts';
import {
  begin,
  type Effect,
  type ExitStatus,
  isTerminal,
  type Lifecycle,
  type LifecycleInput,
  type Limits,
  type Step,
  type StopReason,
  transition,
  waitForDependencies,
} from './lifecycle.ts';
import type { ProcessIdentity, ProcessInfo } from './process-info.ts';
import { startError } from './start-error.ts';

/** What a process is and how it is started. A restart uses the same spec again. */
export interface ProcessSpec {
  readonly identity: Omit<ProcessIdentity, 'processId'>;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  readonly limits: Limits;
  readonly dependsOn: DependsOn;
  /** MiB; 0 = no limit. */
  readonly memoryLimitMb: number;
  start(processId: string, listener: TransportListener): Transport;
}

/**
 * Receives the events of a process. `changed` is called at every new state; `started` or `notStarted` follows when that
 * state settles the start.
 */
export interface ProcessObserver {
  /**
   * The child exists. Called synchronously after the fork, so that the reaper knows the child before the host can die.
   */
  launched(): void;
  changed(): void;
  started(): void;
  notStarted(error: SupervisorError): void;
  message(message: Packed): void;
  output(stream: OutputStream, piece: OutputPiece): void;
}

/**
 * One process from its start to its confirmed end. Drives the state machine of lifecycle.ts with a real child and a
 * real timer.
 */
export class ProcessRun {
  readonly #identity: ProcessIdentity;
  readonly #spec: ProcessSpec;
  readonly #observer: ProcessObserver;
  /** Set if the process has to wait for its dependencies. */
  readonly #gate: Gate | undefined;
  #transport: Transport | undefined;
  #isLaunched = false;
  readonly #deadline = new Deadline();
  readonly #restarts: number;
  readonly #startedAt = Date.now();
  #launchedAt: number | undefined;
  #readyAt: number | undefined;
  #lastHeartbeatAt: number | undefined;
  #endedAt: number | undefined;
  #stopReason: string | undefined;
  readonly #stderr = new LastLines();
  #lifecycle: Lifecycle = { state: 'starting' };
  #events: LifecycleInput[] = [];
  #isDispatching = false;

  /** `gate`: the dependencies that the process has to wait for, if any. */
  constructor(
    processId: string,
    spec: ProcessSpec,
    restarts: number,
    gate: Gate | undefined,
    observer: ProcessObserver,
  ) {
    this.#identity = { processId, ...spec.identity };
    this.#spec = spec;
    this.#restarts = restarts;
    this.#gate = gate;
    this.#observer = observer;
  }

  /**
   * Starts the process or its wait for dependencies, publishes `starting` and arms the first timer. Called once, after
   * the registry knows this process.
   */
  begin(): void {
    this.#isDispatching = true; // an observer may stop it during `starting`: that stop is handled after the first timer is armed
    if (this.#gate === undefined) this.#launch();
    this.#apply(this.#gate === undefined ? begin(this.#spec.limits) : waitForDependencies());
    this.#isDispatching = false;
    this.#gate?.wait((failure) => {
      if (failure !== undefined) return this.#neverLaunched({ exitCode: null, signal: null, failure });
      this.#launch();
      this.#dispatch({ type: 'launched' });
    });
    this.#drain();
  }

  #launch(): void {
    this.#isLaunched = true;
    this.#launchedAt = Date.now();
    try {
      this.#transport = this.#spec.start(this.processId, {
        event: (event) => this.#dispatch(event),
        message: (data) => this.#observer.message(data),
        output: (stream, piece) => this.#output(stream, piece),
      });
      this.#observer.launched();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const exit = { exitCode: null, signal: null, failure: { message: `could not be started: ${message}` } };
      setImmediate(() => this.#dispatch({ type: 'exit', exit }));
    }
  }

  #neverLaunched(exit: ExitStatus): void {
    this.#isLaunched = true;
    this.#gate?.cancel();
    this.#dispatch({ type: 'exit', exit });
  }

  get processId(): string {
    return this.#identity.processId;
  }

  get identity(): ProcessIdentity {
    return this.#identity;
  }

  get pid(): number | undefined {
    return this.#transport?.pid;
  }

  get lifecycle(): Lifecycle {
    return this.#lifecycle;
  }

  /** Time since the child was started. Milliseconds. */
  get uptimeMs(): number {
    return this.#launchedAt === undefined ? 0 : (this.#endedAt ?? Date.now()) - this.#launchedAt;
  }

  /** Messages that the child has not taken yet. */
  get waitingMessages(): number {
    return this.#transport?.waitingMessages ?? 0;
  }

  /** What the memory watch needs. Undefined if the process has no memory limit or no living child. */
  get memoryBound(): MemoryLimited | undefined {
    const { pid } = this;
    const limitMb = this.#spec.memoryLimitMb;
    if (pid === undefined || limitMb === 0 || isTerminal(this.#lifecycle)) return undefined;
    return { pid, limitMb, exceeded: (failure) => this.#dispatch({ type: 'overuse', failure }) };
  }

  /** The dependency condition that this process fulfils now. */
  get fulfils(): DependencyCondition | undefined {
    if (this.#lifecycle.state === 'running') return 'ready';
    return this.#lifecycle.state === 'starting' && this.pid !== undefined ? 'started' : undefined;
  }

  /** How long the process has been, or was, in `running`. Milliseconds. */
  get ranMs(): number {
    return this.#readyAt === undefined ? 0 : (this.#endedAt ?? Date.now()) - this.#readyAt;
  }

  stop(reason: StopReason, detail: string | undefined, now: boolean): void {
    if (!isTerminal(this.#lifecycle)) this.#stopReason ??= detail;
    this.#dispatch({ type: 'stop', reason, now });
  }

  send(message: Packed): void {
    const { state } = this.#lifecycle;
    if (this.#transport !== undefined && !isTerminal(this.#lifecycle)) this.#transport.send(message);
    else if (!this.#isLaunched)
      throw new SupervisorError(
        'SPOOKY_SUPERVISOR_NOT_STARTED',
        `${this.#name()} still waits for its dependencies; send after it has started.`,
      );
    else throw new SupervisorError('SPOOKY_SUPERVISOR_PROCESS_ENDED', `${this.#name()} has ended (${state}).`);
  }

  info(): ProcessInfo {
    const lifecycle = this.#lifecycle;
    const waitingFor = this.#isLaunched ? undefined : this.#gate?.waitingFor;
    const ending = lifecycle.state === 'starting' || lifecycle.state === 'running' ? undefined : lifecycle;
    return {
      ...this.#identity,
      state: lifecycle.state,
      restarts: this.#restarts,
      startedAt: this.#startedAt,
      ...optional('metadata', this.#spec.metadata),
      ...optional('pid', this.pid),
      ...optional('waitingFor', waitingFor),
      ...optional('readyAt', this.#readyAt),
      ...optional('lastHeartbeatAt', this.#lastHeartbeatAt),
      ...optional('endedAt', this.#endedAt),
      ...optional('exitReason', ending?.reason),
      ...optional('stopReason', this.#stopReason),
      ...optional('error', ending?.failure?.message),
      ...optional('errorCode', ending?.failure?.code),
      ...optional('errorDetail', ending?.failure?.detail),
      ...optional('exit', this.#exit()),
    };
  }

  #dispatch(event: LifecycleInput): void {
    this.#events.push(event);
    this.#drain();
  }

  /** Handles events one after the other, even if an observer causes the next event while it handles the last one. */
  #drain(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      if (event.type === 'heartbeat' && !isTerminal(this.#lifecycle)) this.#lastHeartbeatAt = Date.now();
      this.#apply(transition(this.#lifecycle, event, this.#spec.limits));
    }
    this.#isDispatching = false;
  }

  #apply({ lifecycle, effects }: Step): void {
    if (lifecycle.state === 'running' && this.#readyAt === undefined) {
      this.#readyAt = Date.now();
      if (this.#identity.type === 'entry') this.#lastHeartbeatAt = this.#readyAt;
    }
    if (isTerminal(lifecycle)) this.#endedAt ??= Date.now();
    this.#lifecycle = lifecycle;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case 'publish':
        this.#observer.changed();
        break;
      case 'resolve-started':
        this.#observer.started();
        break;
      case 'reject-started':
        this.#observer.notStarted(startError(this.#name(), this.#lifecycle, this.#exit()));
        break;
      case 'ask':
        if (!this.#isLaunched) this.#neverLaunched({ exitCode: null, signal: null });
        this.#transport?.ask(this.#stopReason ?? ('reason' in this.#lifecycle ? this.#lifecycle.reason : 'stopped'));
        break;
      case 'diagnose':
        void this.#transport?.diagnose().then((activity) => this.#dispatch({ type: 'diagnosed', activity }));
        break;
      case 'kill':
        if (!this.#isLaunched) this.#neverLaunched({ exitCode: null, signal: null });
        this.#transport?.kill();
        break;
      case 'disarm':
        this.#deadline.disarm();
        break;
      default: {
        const { arm: timer, ms } = effect;
        this.#deadline.arm(ms, () => this.#dispatch({ type: 'timeout', timer }), timer !== 'deadline');
      }
    }
  }

  #output(stream: OutputStream, piece: OutputPiece): void {
    if (stream === 'stderr') this.#stderr.add(piece);
    this.#observer.output(stream, piece);
  }

  #exit(): ProcessExit | undefined {
    const lifecycle = this.#lifecycle;
    if (!isTerminal(lifecycle)) return undefined;
    const { exitCode, signal } = lifecycle.exit;
    const seen = { ...optional('pid', this.pid), ...optional('activity', lifecycle.activity) };
    return { ...seen, exitCode, signal, forced: lifecycle.forced, stderr: this.#stderr.lines };
  }

  #name(): string {
    const { kind, key } = this.#identity;
    // If a kind has only one process, its key is often the kind itself.
    return key === undefined || key === kind ? kind : `${kind} ${key}`;
  }
}

/** An optional property: absent instead of undefined. */
function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}
