import { type ChildProcess, fork } from 'node:child_process';
import { programPath } from '../programs/program-path.ts';

/** All that the process of an entry gets from outside before it is told which entry to run. */
export interface RuntimeSetup {
  readonly root: string;
  /** The exact environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Flags for its Node. */
  readonly flags: readonly string[];
}

/** Forks the child runtime, as the leader of a group of its own. A `spare` says when it has loaded. */
export function forkRuntime({ root, environment, flags }: RuntimeSetup, role?: 'spare'): ChildProcess {
  const child = fork(programPath('child-runtime'), role === undefined ? [] : [role], {
    cwd: root,
    env: environment,
    execArgv: [...flags], // the host's own flags (--inspect, loaders) are not for the child
    serialization: 'advanced', // moves buffers about 50 times faster than json
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // Node trusts its own messages (`NODE_HANDLE` and the like): one that a child made up would crash the host.
  child.removeAllListeners('internalMessage');
  return child;
}
