import type { LifecycleEvent } from '@spookify/supervisor';

/** What a person wants to know when everything is up. */
export interface Summary {
  /** By name: `web`, `database`, and each backend's. */
  readonly urls: Readonly<Record<string, string>>;
  readonly elapsedMs: number;
  /** Where the data is. */
  readonly data: string;
  readonly writer: string;
}

export type NoteLevel = 'info' | 'warn' | 'error';

/** Tells of a running stack: to a person, or line by line to a program. */
export interface Reporter {
  /** A change of state. `ending`: the stack is being stopped, so an end is no surprise. */
  process(event: LifecycleEvent, ending: boolean): void;
  log(name: string, stream: 'stdout' | 'stderr', line: string): void;
  note(level: NoteLevel, message: string): void;
  failure(error: { code: string; message: string }): void;
  ready(summary: Summary): void;
  stopped(): void;
}
