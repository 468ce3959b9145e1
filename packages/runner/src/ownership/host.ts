/*
 * Identifies the process of a runner for other runners on the same machine: a runner that is killed and restarted by
 * its supervisor can be declared dead at once, without waiting for its silence.
 *
 * The text is `<machine>:<pid>:<start>`. `<machine>` is a hash that two processes share only if they see the same
 * process ids: same boot of the same kernel and same pid namespace on Linux; elsewhere same host name and network
 * addresses. `<start>` distinguishes a process from a later one with the same pid; it is known on Linux only.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/** Describes a process of this machine; undefined if no reliable description is possible. */
export function describeHost(pid: number = process.pid): string | undefined {
  const machine = machineHash();
  if (machine === undefined) return undefined;
  return `${machine}:${pid}:${statOf(pid)?.start ?? ''}`;
}

/** True only if the process has certainly ended. False for a process on another machine. */
export function isGone(host: string): boolean {
  const [machine, pidText, start] = host.split(':');
  const pid = Number(pidText);
  if (machine === undefined || machine !== machineHash() || !Number.isSafeInteger(pid) || pid <= 0) return false;
  if (!exists(pid)) return true;
  const stat = statOf(pid);
  // The threads of a zombie have ended and its sockets are closed.
  return stat !== undefined && start !== '' && (stat.start !== start || stat.state === 'Z' || stat.state === 'X');
}

let hash: string | undefined;

/** Computed once, because network addresses change. */
function machineHash(): string | undefined {
  const parts = process.platform === 'linux' ? linuxParts() : otherParts();
  hash ??= parts && createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22);
  return hash;
}

function linuxParts(): string[] | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return [boot, hostname(), readlinkSync('/proc/self/ns/pid'), readlinkSync('/proc/self/ns/time')];
  } catch {
    return undefined;
  }
}

/** Host names alone are not unique: many laptops share one. */
function otherParts(): string[] | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some?.map(({ mac }) => mac) ?? []);
  const real = [...new Set(addresses)].filter((mac) => mac !== '00:00:00:00:00:00').toSorted();
  return real.length === 0 ? undefined : [hostname(), ...real];
}

/** Uses signal 0, because `/proc` may hide the processes of other users. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** The state and the start time of a process, from `/proc`. */
function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may contain anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const start = fields[18];
    return state === undefined || start === undefined ? undefined : { state, start };
  } catch {
    return undefined;
  }
}
