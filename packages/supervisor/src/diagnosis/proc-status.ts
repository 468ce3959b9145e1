import { readFileSync, readlinkSync } from 'node:fs';
import type { Activity } from './activity.ts';

/**
 * What Linux shows about a process in /proc, without its cooperation. On other systems, or where a container forbids
 * it, every function returns undefined.
 */

/** Whether a signal or a debugger has suspended the process. A suspended process answers nothing. */
export function suspension(pid: number): Activity | undefined {
  const state = stateOf(pid);
  if (state === 'T') return { type: 'suspended', text: 'stopped by SIGSTOP or another signal that suspends' };
  if (state === 't') return { type: 'suspended', text: 'held by a debugger' };
  return undefined;
}

/**
 * Whether the process can take no work: it is suspended, it is gone although its exit event has not arrived, or a
 * pending signal is about to cause either. On other systems than Linux only a gone process is detected.
 */
export function isSuspendedOrDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  const status = read(pid, 'status');
  if (status === undefined) return process.platform === 'linux';
  const pending = [...status.matchAll(/^(?:Sig|Shd)Pnd:\s*([0-9a-f]+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
  const isDoomed = pending.some((mask) => (mask & (SIGKILL | SIGSTOP)) !== 0n);
  return isDoomed || /^State:\s*[TtZX]/m.test(status) || !status.includes('VmRSS:'); // without memory it is exiting
}

/** Why a process may not have answered its inspector. */
export function systemCall(pid: number): Activity | undefined {
  const state = stateOf(pid);
  if (state === undefined) return undefined;
  if (state === 'R') return { type: 'system', text: 'using the processor at an unknown place' };
  const children = childrenOf(pid);
  if (children.length > 0)
    return { type: 'system', text: `in a call that waits, with the child ${children.join(' and ')}` };
  const channel = waitChannel(pid);
  if (/epoll|^ep_/.test(channel ?? '')) return { type: 'system', text: 'asleep and did not answer' };
  const call = [fileCall(pid), channel].filter((part) => part !== undefined);
  return {
    type: 'system',
    text: call.length === 0 ? 'in a system call' : `in a system call: ${call.join(', ')}`,
  };
}

/**
 * Whether the process handles SIGUSR1. The signal ends a process without a handler: one that has just started, or that
 * must not be inspected.
 */
export function catchesSigusr1(pid: number): boolean | undefined {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(read(pid, 'status') ?? '')?.[1];
  return mask === undefined ? undefined : (BigInt(`0x${mask}`) & (1n << 9n)) !== 0n;
}

/** Bits in a signal mask. */
const SIGKILL = 1n << 8n;
const SIGSTOP = 1n << 18n;

function stateOf(pid: number): string | undefined {
  const stat = read(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).charAt(0); // the process name before it may contain `)`
}

function childrenOf(pid: number): string[] {
  const pids = read(pid, `task/${pid}/children`)?.split(' ') ?? [];
  return pids
    .filter((child) => child !== '')
    .map((child) => `${read(Number(child), 'comm') ?? 'a process'} (pid ${child})`);
}

/** The kernel function that the process sleeps in. */
function waitChannel(pid: number): string | undefined {
  const name = read(pid, 'wchan');
  return name === '' || name === '0' ? undefined : name;
}

/** Numbers of the system calls that synchronous file functions can get stuck in. */
const FILE_CALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  x64: { 0: 'read', 1: 'write', 17: 'pread', 18: 'pwrite', 73: 'flock', 74: 'fsync', 257: 'open' },
  arm64: { 63: 'read', 64: 'write', 67: 'pread', 68: 'pwrite', 32: 'flock', 82: 'fsync', 56: 'open' },
};

/** The file system call that the process is in, if any. */
export function fileCall(pid: number): string | undefined {
  const [number = '', first = ''] = read(pid, 'syscall')?.split(' ') ?? [];
  const name = FILE_CALLS[process.arch]?.[number];
  if (name === undefined || name === 'open') return name;
  try {
    return `${name} of ${readlinkSync(`/proc/${pid}/fd/${Number(first)}`)}`;
  } catch {
    return name;
  }
}

function read(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
