import type { LifecycleEvent } from '@spookify/supervisor';
import type { Failure } from './failure.ts';

/** What a person wants to know when everything is up. */
export interface Summary {
  /** By name: `web`, `database`, and each backend's. */
  readonly urls: Readonly<Record<string, string>>;
  readonly elapsedMs: number;
  /** Where the data is. */
  readonly data: string;
  readonly writer: string;
}

/** An edit that is used from now on, and what it led to. Everything is listed by name. */
export interface Reload {
  readonly files: readonly string[];
  /** An edit before this one was refused. */
  readonly mended: boolean;
  /** Secrets that a new backend needs, made and put into `.env`. */
  readonly made: readonly string[];
  readonly applied: readonly string[];
  /** Database users that were made or changed. */
  readonly users: readonly string[];
  /** New migrations, which are left to whoever writes them. */
  readonly waiting: readonly string[];
  /** Files of types. */
  readonly written: readonly string[];
  readonly stop: readonly string[];
  readonly restart: readonly string[];
  readonly start: readonly string[];
}

export type NoteLevel = 'info' | 'warn' | 'error';

/** Tells of a running stack: to a person, or line by line to a program. */
export interface Reporter {
  /** A change of state. `ending`: the stack is being stopped, so an end is no surprise. */
  process(event: LifecycleEvent, ending: boolean): void;
  log(name: string, stream: 'stdout' | 'stderr', line: string): void;
  note(level: NoteLevel, message: string): void;
  /** What ends the stack. */
  failure(error: Failure): void;
  reloaded(reload: Reload): void;
  /** An edit of these files is wrong; what ran before goes on. */
  refused(files: readonly string[], error: Failure): void;
  ready(summary: Summary): void;
  stopped(): void;
}
