import type { LifecycleEvent, OutputEvent } from '@spookify/supervisor';
import type { Failure } from './failure.ts';

/** The summary of a stack whose processes are all ready. */
export interface Summary {
  /** The URLs, by name: `web`, `gateway`, `database`, and the backends. */
  readonly urls: Readonly<Record<string, string>>;
  readonly elapsedMs: number;
  /** The place of the data, such as a folder. */
  readonly data: string;
  /** What writes texts: a model, or the offline writer. Absent if the project uses no model. */
  readonly writer?: string | undefined;
}

/** An edit that was applied, and its effects. All lists contain names. */
export interface Reload {
  readonly files: readonly string[];
  /** Whether the edit before this one was refused. */
  readonly corrected: boolean;
  /** Secrets that were generated for a new backend and stored in `.env`. */
  readonly made: readonly string[];
  readonly applied: readonly string[];
  /** Database users that were created or changed. */
  readonly users: readonly string[];
  /** New migrations. They are not applied, because they may still be incomplete. */
  readonly waiting: readonly string[];
  /** Files with generated types. */
  readonly written: readonly string[];
  readonly stop: readonly string[];
  readonly restart: readonly string[];
  readonly start: readonly string[];
}

export type OutputLine = Pick<OutputEvent, 'stream' | 'line' | 'partial' | 'continues'>;

export type NoteLevel = 'info' | 'warn' | 'error';

/** Prints what happens in a running stack: as text, or as JSON. */
export interface Reporter {
  /** A process has changed its state. With `ending`, the stack is stopping, so the end of a process is expected. */
  process(event: LifecycleEvent, ending: boolean): void;
  /** A process has written a line, or a piece of one. */
  log(name: string, output: OutputLine): void;
  note(level: NoteLevel, message: string): void;
  /** The error that ends the stack. */
  failure(error: Failure): void;
  reloaded(reload: Reload): void;
  /** An edit of these files has a mistake and is not applied. */
  refused(files: readonly string[], error: Failure): void;
  ready(summary: Summary): void;
  stopped(): void;
}
