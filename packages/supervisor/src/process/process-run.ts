import type { ProcessExit } from '../errors.ts';
import { SupervisorError } from '../errors.ts';
import type { MemoryBound } from '../measure/memory-watch.ts';
import type { DependencyCondition, DependsOn, Gate } from '../spawn/dependencies.ts';
import { Deadline } from '../terminate/deadline.ts';
import type { Packed } from '../transport/protocol.ts';
import type { OutputStream, Transport, TransportListener } from '../transport/transport.ts';
import {
  begin,
  type Effect,
  type ExitStatus,
  isTerminal,
  type Life,
  type LifeEvent,
  type Limits,
  type Step,
  type StopReason,
  transition,
  waitForDependencies,
} from './lifecycle.ts';
import type { ProcessIdentity, ProcessInfo } from './process-info.ts';
import { startError } from './start-error.ts';

const TAIL_LINES = 50;
const TAIL_LINE_LENGTH = 1000;

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
  line(stream: OutputStream, line: string): void;
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
  #tail: string[] = [];
  #life: Life = { state: 'starting' };
  #events: LifeEvent[] = [];
  #busy = false;

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
    this.#busy = true; // an observer may stop it during `starting`: that stop is handled after the first timer is armed
    if (this.#gate === undefined) this.#launch();
    this.#take(this.#gate === undefined ? begin(this.#spec.limits) : waitForDependencies());
    this.#busy = false;
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
        line: (stream, line) => this.#line(stream, line),
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

  get life(): Life {
    return this.#life;
  }

  /** Time since the child was started. Milliseconds. */
  get uptimeMs(): number {
    return this.#launchedAt === undefined ? 0 : (this.#endedAt ?? Date.now()) - this.#launchedAt;
  }

  /** Messages that the child has not taken yet. */
  get waitingMessages(): number {
    return this.#transport?.waiting ?? 0;
  }

  /** What the memory watch needs. Undefined if the process has no memory limit or no living child. */
  get memoryBound(): MemoryBound | undefined {
    const { pid } = this;
    const limitMb = this.#spec.memoryLimitMb;
    if (pid === undefined || limitMb === 0 || isTerminal(this.#life)) return undefined;
    return { pid, limitMb, exceeded: (failure) => this.#dispatch({ type: 'overuse', failure }) };
  }

  /** The dependency condition that this process fulfils now. */
  get reached(): DependencyCondition | undefined {
    if (this.#life.state === 'running') return 'ready';
    return this.#life.state === 'starting' && this.pid !== undefined ? 'started' : undefined;
  }

  /** How long the process has been, or was, in `running`. Milliseconds. */
  get ranMs(): number {
    return this.#readyAt === undefined ? 0 : (this.#endedAt ?? Date.now()) - this.#readyAt;
  }

  stop(reason: StopReason, detail: string | undefined, now: boolean): void {
    if (!isTerminal(this.#life)) this.#stopReason ??= detail;
    this.#dispatch({ type: 'stop', reason, now });
  }

  send(message: Packed): void {
    const { state } = this.#life;
    if (this.#transport !== undefined && !isTerminal(this.#life)) this.#transport.send(message);
    else if (!this.#isLaunched)
      throw new SupervisorError(
        'SPOOKY_SUPERVISOR_NOT_STARTED',
        `${this.#name()} still waits for its dependencies; send after it has started.`,
      );
    else throw new SupervisorError('SPOOKY_SUPERVISOR_PROCESS_ENDED', `${this.#name()} has ended (${state}).`);
  }

  info(): ProcessInfo {
    const life = this.#life;
    const waitingFor = this.#isLaunched ? undefined : this.#gate?.waitingFor;
    const ending = life.state === 'starting' || life.state === 'running' ? undefined : life;
    return {
      ...this.#identity,
      state: life.state,
      restarts: this.#restarts,
      startedAt: this.#startedAt,
      ...given('metadata', this.#spec.metadata),
      ...given('pid', this.pid),
      ...given('waitingFor', waitingFor),
      ...given('readyAt', this.#readyAt),
      ...given('lastHeartbeatAt', this.#lastHeartbeatAt),
      ...given('endedAt', this.#endedAt),
      ...given('exitReason', ending?.reason),
      ...given('stopReason', this.#stopReason),
      ...given('error', ending?.failure?.message),
      ...given('errorCode', ending?.failure?.code),
      ...given('exit', this.#exit()),
    };
  }

  #dispatch(event: LifeEvent): void {
    this.#events.push(event);
    this.#drain();
  }

  /** Handles events one after the other, even if an observer causes the next event while it handles the last one. */
  #drain(): void {
    if (this.#busy) return;
    this.#busy = true;
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      if (event.type === 'heartbeat' && !isTerminal(this.#life)) this.#lastHeartbeatAt = Date.now();
      this.#take(transition(this.#life, event, this.#spec.limits));
    }
    this.#busy = false;
  }

  #take({ life, effects }: Step): void {
    if (life.state === 'running' && this.#readyAt === undefined) {
      this.#readyAt = Date.now();
      if (this.#identity.type === 'entry') this.#lastHeartbeatAt = this.#readyAt;
    }
    if (isTerminal(life)) this.#endedAt ??= Date.now();
    this.#life = life;
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
        this.#observer.notStarted(startError(this.#name(), this.#life, this.#exit()));
        break;
      case 'ask':
        if (!this.#isLaunched) this.#neverLaunched({ exitCode: null, signal: null });
        this.#transport?.ask(this.#stopReason ?? ('reason' in this.#life ? this.#life.reason : 'stopped'));
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

  #line(stream: OutputStream, line: string): void {
    if (stream === 'stderr') {
      this.#tail.push(line.slice(0, TAIL_LINE_LENGTH));
      if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    }
    this.#observer.line(stream, line);
  }

  #exit(): ProcessExit | undefined {
    const life = this.#life;
    if (!isTerminal(life)) return undefined;
    const { exitCode, signal } = life.exit;
    const seen = { ...given('pid', this.pid), ...given('activity', life.activity) };
    return { ...seen, exitCode, signal, forced: life.forced, stderr: [...this.#tail] };
  }

  #name(): string {
    const { kind, key } = this.#identity;
    // If a kind has only one process, its key is often the kind itself.
    return key === undefined || key === kind ? kind : `${kind} ${key}`;
  }
}

/** An optional property: absent instead of undefined. */
function given<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}
