import { spawn } from 'node:child_process';

/**
 * Signals a process and its descendants. Every supervised process leads a process group that its children inherit. A
 * descendant that leaves the group (setsid) is not reached. Windows has neither groups nor signals: there every signal
 * ends the tree.
 */
export function signalTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' }).on('error', () => {});
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is already gone.
  }
}
