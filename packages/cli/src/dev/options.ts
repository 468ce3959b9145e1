import type { Reporter } from '../output/reporter.ts';
import type { ProjectOptions } from '../project.ts';

export interface DevOptions extends ProjectOptions {
  /** `auto`: the usual ports, or all of them at an offset if one is busy. `free`: any free ports. */
  readonly ports: 'auto' | 'free';
  readonly color: boolean;
  /** Creates the reporter when the names of the processes are known. */
  reporter(names: readonly string[]): Reporter;
  /** Resolves when the reader of the output is gone. */
  readonly outputLost: Promise<void>;
}
