import { spawn } from 'node:child_process';

/**
 * Signals a process and everything it started. Every supervised process leads a group of its own, which its children
 * are born into; a descendant that leaves the group on purpose (setsid) is not reached.
 * Windows has neither groups nor signals: there every signal ends the tree.
 */
export function signalTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody is left.
  }
}
