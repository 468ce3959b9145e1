/**
 * A program of its own: outlives the host just long enough to end what the host started. It reads `+pid` and `-pid`
 * lines from a pipe that only the host holds. When the pipe ends, however the host died, every group still listed is
 * killed, and so the reaper is done.
 */
import { signalTree } from '../terminate/process-tree.ts';

/** One line of the pipe: a group to remember, or to forget. */
export type ReaperLine = `${'+' | '-'}${number}\n`;

const groups = new Set<number>();
let rest = '';

process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    const pid = Number(line.slice(1));
    // Never 0 or 1: as groups these mean one's own and everybody's.
    if (!Number.isInteger(pid) || pid < 2) continue;
    if (line.startsWith('+')) groups.add(pid);
    else groups.delete(pid);
  }
});
process.stdin.on('close', () => {
  for (const pid of groups) signalTree(pid, 'SIGKILL');
  process.exit(0);
});

// Whoever asks the host to end asks its group or terminal too; the reaper has to be the last to go.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
