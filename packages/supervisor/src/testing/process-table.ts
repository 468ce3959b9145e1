import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs. A zombie, which its parent has not collected yet, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || statusOf(pid)[STATE] !== 'Z';
  } catch {
    return false;
  }
}

/** The living processes of a group. On other systems than Linux only the leader is visible. */
export function groupMembers(leader: number): number[] {
  if (process.platform !== 'linux') return isAlive(leader) ? [leader] : [];
  return allPids().filter((pid) => Number(statusOf(pid)[GROUP]) === leader && isAlive(pid));
}

/** The living children of a process. Empty on other systems than Linux. */
export function childrenOf(parent: number): number[] {
  return allPids().filter((pid) => Number(statusOf(pid)[PARENT]) === parent && isAlive(pid));
}

function allPids(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

const [STATE, PARENT, GROUP] = [0, 1, 2] as const;

/** The fields of /proc/PID/stat after the process name, which may contain anything. */
function statusOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // the process has ended meanwhile
  }
}
