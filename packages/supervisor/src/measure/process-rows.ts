import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A process of the machine, as listed by the operating system. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** The process group, which is the pid of its leader. */
  readonly group: number;
  /** The resident set. Read on demand, because it costs another file read. */
  memoryBytes(): number;
  /** Processor time in user and system mode. Milliseconds. */
  readonly cpuMs: number;
}

/** All visible processes. Empty on Windows, where nothing is measured. */
export async function processRows(platform: NodeJS.Platform = process.platform): Promise<ProcessRow[]> {
  if (platform === 'linux') return procRows();
  return platform === 'win32' ? [] : psRows();
}

/** Linux counts processor time in clock ticks of 10 ms on every platform that Node supports. */
const TICK_MS = 10;

/** Reads synchronously: it takes about 10 µs per process, and all rows are from the same moment. */
function procRows(): ProcessRow[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? read(pid, 'stat') : undefined;
    if (stat === undefined) return [];
    // The process name before it is in parentheses and may contain anything.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0, group = 0] = fields;
    const cpuMs = ((fields[11] ?? 0) + (fields[12] ?? 0)) * TICK_MS;
    return { pid, parent, group, cpuMs, memoryBytes: () => residentBytes(pid) };
  });
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(read(pid, 'status') ?? '')?.[1] ?? 0) * 1024;
}

/** Returns undefined when the process has just ended. */
function read(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}

async function psRows(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,time='], {
    env: { PATH: process.env.PATH ?? '/bin:/usr/bin', LC_ALL: 'C' },
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [pid = '', parent = '', group = '', kilobytes = '', time = ''] = line.trim().split(/\s+/);
      const memory = Number(kilobytes) * 1024;
      return {
        ...{ pid: Number(pid), parent: Number(parent), group: Number(group) },
        cpuMs: cpuTime(time),
        memoryBytes: () => memory,
      };
    });
}

/** Parses `[[days-]hours:]minutes:seconds`. macOS adds a fraction to the seconds. */
function cpuTime(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
  const seconds = (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Math.round((Number(days) * 86_400 + seconds) * 1000);
}
