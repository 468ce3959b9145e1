import { type ChildProcess, fork } from 'node:child_process';
import { programPath } from '../programs/program-path.ts';

/** What the process of an entry gets from the host before it knows its entry. */
export interface RuntimeSetup {
  readonly root: string;
  /** The complete environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Command line flags of its Node. */
  readonly flags: readonly string[];
}

/** Forks the child runtime as the leader of its own process group. A `spare` reports when it has loaded. */
export function forkRuntime({ root, environment, flags }: RuntimeSetup, role?: 'spare'): ChildProcess {
  const child = fork(programPath('child-runtime'), role === undefined ? [] : [role], {
    cwd: root,
    env: environment,
    execArgv: [...flags], // the host's flags (--inspect, loaders) must not reach the child
    serialization: 'advanced', // about 50 times faster than json for buffers
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // Node trusts its internal messages (such as `NODE_HANDLE`): a forged one from the child would crash the host.
  child.removeAllListeners('internalMessage');
  return child;
}
