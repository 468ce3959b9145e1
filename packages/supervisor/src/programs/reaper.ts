/**
 * A separate program that outlives the host just long enough to kill what the host started. It reads `+pid` and `-pid`
 * lines from a pipe that only the host holds. When the pipe ends, for whatever reason the host died, it kills every
 * group that is still listed and exits.
 */
import { signalTree } from '../terminate/process-tree.ts';

/** One line of the pipe: adds or removes a group. */
export type ReaperLine = `${'+' | '-'}${number}\n`;

const groups = new Set<number>();
let rest = '';

process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const pid = Number(line.slice(1));
    // Never 0 or 1: as a target, 0 means the own group and -1 every process.
    if (!Number.isInteger(pid) || pid < 2) continue;
    if (line.startsWith('+')) groups.add(pid);
    else groups.delete(pid);
  }
});
process.stdin.on('close', () => {
  for (const pid of groups) signalTree(pid, 'SIGKILL');
  process.exit(0);
});

// A signal to the host often reaches its whole group or terminal. The reaper must end last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
