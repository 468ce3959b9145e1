/** Makes two recordings equal: replaces values that differ from run to run, and orders lines that have no fixed order. */

/** A kind of value and its replacement. The page lists each. */
export interface Rule {
  readonly what: string;
  readonly pattern: RegExp;
  readonly standIn: string;
}

export const RULES: readonly Rule[] = [
  { what: 'how long something took', pattern: /\(\d+\.\d s\)/g, standIn: '(… s)' },
  { what: 'how long a call took', pattern: /durationMs=\d+/g, standIn: 'durationMs=…' },
  { what: 'the pause before a restart', pattern: /restarting in \d+ ms/g, standIn: 'restarting in … ms' },
  { what: 'when a file was applied', pattern: /\d{4}-\d\d-\d\dT[\d:.]+Z$/g, standIn: '<time>' },
  { what: 'the id of a runner', pattern: /runner=[0-9a-f-]{36}/g, standIn: 'runner=<id>' },
  {
    what: 'the id of a runner in a list',
    pattern: /(?<= )[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?= )/g,
    standIn: '<id>',
  },
];

/** The default ports of `spooky dev`, and the line of a start that contains each address. */
const USUAL_PORTS: readonly (readonly [port: number, address: RegExp])[] = [
  [3600, /^ +web .*:(\d+)/],
  [3660, /^ +api .*:(\d+)/],
  [3666, /^ +database .*:(\d+)/],
  [3668, /^ +gateway .*:(\d+)/],
  [3667, /the runner listens .*:(\d+)/],
];

/** Returns the default port for each free port that was used. */
export function portsOf(start: readonly string[]): Map<string, number> {
  return new Map(
    USUAL_PORTS.map(([usual, address]) => {
      const port = start.map((line) => address.exec(line)?.[1]).find((found) => found !== undefined);
      if (port === undefined) throw new Error(`no line like ${address}:\n${start.join('\n')}`);
      return [port, usual] as const;
    }),
  );
}

export function withStandIns(lines: readonly string[], ports: ReadonlyMap<string, number>): string[] {
  return lines.map((line) =>
    RULES.reduce((text, { pattern, standIn }) => text.replace(pattern, standIn), line).replace(
      /(?<=127\.0\.0\.1:)\d+/g,
      (port) => String(ports.get(port) ?? port),
    ),
  );
}

const LATE = /^\[spooky\] +(?:waiting for |\S+: nothing listens on )/;
const KILLED = /^\[\S+\] +did not stop in time/;
const READY = /^\[\S+\] +(?:ready|running again) \(/;

/**
 * Removes the lines about slow processes, except for the expected one, which appears once, right before it is killed. The
 * process's own answer to the signal can come before or after.
 */
export function withoutLate(lines: readonly string[], expected?: string): string[] {
  const others = lines.filter((line) => !LATE.test(line));
  const end = others.findIndex((line) => KILLED.test(line));
  const note = lines.find((line) => LATE.test(line) && line.endsWith(`waiting for ${expected}`));
  if (note === undefined || end === -1 || lines.indexOf(note) > lines.indexOf(others[end] ?? '')) return others;
  return others.toSpliced(end, 0, note);
}

/** The order of processes: a backend answers before the runner can report it. */
const ORDER = ['spooky', 'backend.api.dev', 'frontend.dev', 'gateway', 'runner'];

/**
 * Groups lines by process, because processes that start or work at the same time print in any order. The line with `ready`
 * comes last in each group, and lines without a name, the summary, come at the end.
 */
export function byProcess(lines: readonly string[]): string[] {
  const rank = (line: string) => {
    const name = /^\[(\S+)\]/.exec(line)?.[1];
    if (name === undefined) return 2 * ORDER.length;
    // The database is up before the others start, and its lines alternate with those of spooky itself.
    if (!ORDER.includes(name)) return 0;
    return 2 * ORDER.indexOf(name) + (READY.test(line) ? 1 : 0);
  };
  return lines.toSorted((one, other) => rank(one) - rank(other));
}
