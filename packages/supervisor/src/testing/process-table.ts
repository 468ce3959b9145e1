import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs; one that has ended but was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || statusOf(pid)[STATE] !== 'Z';
  } catch {
    return false;
  }
}

/** Who runs in the group. Beyond Linux only the leader can be seen. */
export function groupMembers(leader: number): number[] {
  if (process.platform !== 'linux') return isAlive(leader) ? [leader] : [];
  return everybody().filter((pid) => Number(statusOf(pid)[GROUP]) === leader && isAlive(pid));
}

/** Who runs and was started by this process. Empty beyond Linux. */
export function childrenOf(parent: number): number[] {
  return everybody().filter((pid) => Number(statusOf(pid)[PARENT]) === parent && isAlive(pid));
}

function everybody(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

const [STATE, PARENT, GROUP] = [0, 1, 2] as const;

/** The fields of /proc/PID/stat after the name, which may hold anything. */
function statusOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // it ended meanwhile
  }
}
