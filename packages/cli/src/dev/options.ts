import type { Reporter } from '../output/reporter.ts';
import type { ProjectOptions } from '../project.ts';

export interface DevOptions extends ProjectOptions {
  /** `auto`: the usual ports, or all of them moved; `free`: any. */
  readonly ports: 'auto' | 'free';
  readonly color: boolean;
  /** Makes the reporter once the names of the processes are known. */
  reporter(names: readonly string[]): Reporter;
  /** Resolves when nobody reads the output any more. */
  readonly outputLost: Promise<void>;
}
