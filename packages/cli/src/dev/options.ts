import type { Reporter } from '../output/reporter.ts';
import type { LineOutput } from '../output/stdout.ts';
import type { ProjectOptions } from '../project.ts';

export interface DevOptions extends ProjectOptions {
  /** `auto`: the usual ports, or all of them at an offset if one is busy. `free`: any free ports. */
  readonly ports: 'auto' | 'free';
  readonly color: boolean;
  /** Creates the reporter when the names of the processes are known. */
  reporter(names: readonly string[]): Reporter;
  /** The state of standard output. */
  readonly output: Pick<LineOutput, 'lost' | 'isBehind'>;
}
