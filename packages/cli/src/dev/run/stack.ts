import type { Supervisor } from '@spookify/supervisor';
import type { Reporter } from '../../output/reporter.ts';
import type { ReservedPorts } from '../../ports.ts';
import type { Project } from '../../project.ts';
import type { Placement } from '../plan/placement.ts';
import type { Plan } from '../plan/plan.ts';
import type { Cleanups } from '../stop/cleanups.ts';

/** Everything about a running `spooky dev`: the project, its plan, its ports, and the supervisor. Each edit makes a new stack. */
export interface Stack {
  readonly project: Project;
  readonly plan: Plan;
  readonly placement: Placement;
  readonly ports: ReservedPorts;
  readonly supervisor: Supervisor;
  readonly cleanups: Cleanups;
  readonly reporter: Reporter;
}

/** The URLs of a stack, by name: `web`, the backends, `gateway` and `database`. */
export function urlsOf({ placement: { web, backends, gateway, database } }: Stack): Record<string, string> {
  return { ...(web === undefined ? {} : { web }), ...backends, gateway, database };
}
