/*
 * The backend's log: one line of JSON per event, appended before anything else happens. Each line is one write to the
 * operating system, which keeps it when the process is killed; only a crash of the machine could lose it.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Call, Effect } from './evidence.ts';

export type Line =
  /** A backend process starts. Calls of the previous process have ended. */
  | { readonly kind: 'born'; readonly life: string; readonly at: number }
  | {
      readonly kind: 'call';
      readonly life: string;
      readonly call: number;
      readonly job: string;
      readonly key: string;
      readonly attempt: number;
      /** The runner process that called. */
      readonly process: string;
      readonly at: number;
    }
  | { readonly kind: 'end'; readonly life: string; readonly call: number; readonly how: string; readonly at: number }
  | { readonly kind: 'effect'; readonly job: string; readonly key: string; readonly at: number };

export function append(file: string, line: Line): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

export function readLog(file: string): Line[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}

/** Reconstructs calls and effects. A call whose process was killed lasted at most until the next process started. */
export function readCalls(lines: readonly Line[]): { calls: Call[]; effects: Effect[] } {
  const calls = new Map<string, Call>();
  const effects: Effect[] = [];
  const births = lines.filter((line) => line.kind === 'born');
  const death = new Map(births.map(({ life }, index) => [life, births[index + 1]?.at ?? Number.POSITIVE_INFINITY]));
  for (const line of lines) {
    if (line.kind === 'effect') effects.push({ job: line.job, key: line.key });
    if (line.kind === 'call') {
      const { job, key, attempt, process, at: from, life, call } = line;
      calls.set(`${life} ${call}`, { job, key, attempt, process, from, until: death.get(life) ?? from });
    }
    if (line.kind === 'end') {
      const name = `${line.life} ${line.call}`;
      const call = calls.get(name);
      if (call !== undefined) calls.set(name, { ...call, until: line.at });
    }
  }
  return { calls: [...calls.values()], effects };
}
