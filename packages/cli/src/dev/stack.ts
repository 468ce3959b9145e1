import type { Supervisor } from '@spookify/supervisor';
import type { Reporter } from '../output/reporter.ts';
import type { HeldPorts } from '../ports.ts';
import type { Project } from '../project.ts';
import type { Cleanups } from './cleanups.ts';
import type { Placement } from './placement.ts';
import type { Plan } from './plan.ts';

/** What `spooky dev` runs: what was asked for, where it is, and who starts it. An edit of the files makes a new one. */
export interface Stack {
  readonly project: Project;
  readonly plan: Plan;
  readonly placement: Placement;
  readonly ports: HeldPorts;
  readonly supervisor: Supervisor;
  readonly cleanups: Cleanups;
  readonly reporter: Reporter;
}

/** By name: `web`, each backend's, `gateway` and `database`. */
export function urlsOf({ placement: { web, backends, gateway, database } }: Stack): Record<string, string> {
  return { ...(web === undefined ? {} : { web }), ...backends, gateway, database };
}
