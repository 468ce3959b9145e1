import { SupervisorError } from '../errors.ts';
import type { ListFilter } from '../supervisor-api.ts';
import { isTerminal } from './lifecycle.ts';
import type { ProcessInfo } from './process-info.ts';
import type { ProcessRun } from './process-run.ts';
import type { SupervisedProcess } from './supervised-process.ts';

interface Entry {
  /** Undefined once the process has ended: only its last snapshot is kept, without payload and pipes. */
  process: ProcessRun | undefined;
  /** Undefined once no restart can follow. */
  supervised: SupervisedProcess | undefined;
  last: ProcessInfo | undefined;
}

/** All processes that can be looked up: the living ones and the last ones that ended. */
export class ProcessRegistry {
  readonly #history: number;
  readonly #supervised = new Set<SupervisedProcess>();
  readonly #entries = new Map<string, Entry>();

  /** `history`: how many ended processes are remembered. */
  constructor(history: number) {
    this.#history = history;
  }

  /** The supervised processes that are not over, in order of their spawn. */
  get supervised(): readonly SupervisedProcess[] {
    this.#dropOver();
    return [...this.#supervised];
  }

  add(one: SupervisedProcess): void {
    this.#supervised.add(one);
  }

  addRun(process: ProcessRun, supervised: SupervisedProcess): void {
    this.#entries.set(process.processId, { process, supervised, last: undefined });
  }

  /** Moves ended processes to the history. Call it whenever a process has ended. */
  moveEndedToHistory(): void {
    this.#dropOver();
    for (const entry of this.#entries.values()) {
      if (entry.supervised?.isOver === true) entry.supervised = undefined;
      if (entry.process === undefined || !isTerminal(entry.process.lifecycle)) continue;
      entry.last = entry.process.info();
      entry.process = undefined;
    }
    const ended = [...this.#entries].filter(([, { process }]) => process === undefined);
    for (const [id] of ended.slice(0, Math.max(0, ended.length - this.#history))) this.#entries.delete(id);
  }

  /** Returns the processes that match every given condition, oldest first. */
  list(filter: ListFilter): ProcessInfo[] {
    return [...this.#entries.values()].flatMap((entry) => infoOf(entry) ?? []).filter((info) => matches(info, filter));
  }

  get living(): readonly ProcessRun[] {
    return [...this.#entries.values()].flatMap(({ process }) => process ?? []);
  }

  /** Returns `null` if the id is unknown or belongs to another user. */
  info(processId: string, userId: string | undefined): ProcessInfo | null {
    const entry = this.#entries.get(processId);
    const info = entry && infoOf(entry);
    return info === undefined || (userId !== undefined && info.userId !== userId) ? null : info;
  }

  /** Returns the entry of the id. Throws `SPOOKY_SUPERVISOR_UNKNOWN_PROCESS` if `info` would return `null`. */
  find(processId: string, userId: string | undefined): Readonly<Entry> {
    const entry = this.#entries.get(processId);
    if (entry !== undefined && this.info(processId, userId) !== null) return entry;
    throw unknownProcess(processId);
  }

  #dropOver(): void {
    for (const one of this.#supervised) if (one.isOver) this.#supervised.delete(one);
  }
}

export function matches(info: ProcessInfo, filter: ListFilter): boolean {
  return (
    (filter.userId === undefined || info.userId === filter.userId) &&
    (filter.kind === undefined || info.kind === filter.kind) &&
    (filter.key === undefined || info.key === filter.key) &&
    (filter.state === undefined || info.state === filter.state)
  );
}

function infoOf({ process, last }: Entry): ProcessInfo | undefined {
  return process?.info() ?? last;
}

export function unknownProcess(processId: string): SupervisorError {
  return new SupervisorError(
    'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS',
    `No process has the id ${processId}; list() returns the known ones.`,
  );
}
