import type { ReservedPorts } from '../../ports.ts';
import { openProjectWithSecrets, type Project } from '../../project.ts';
import type { DevOptions } from '../options.ts';
import { readDevFiles } from './dev-files.ts';
import { type Placement, placementOf } from './placement.ts';
import { type Plan, planOf } from './plan.ts';
import { requirePrograms } from './requirements.ts';

/**
 * Loads the project and checks everything that can be checked before anything starts.
 *
 * @returns the project, and the names of the generated secrets
 * @throws ConfigError or CliError
 */
export async function openDevProject(options: DevOptions): Promise<{ project: Project; made: readonly string[] }> {
  const opened = await openProjectWithSecrets(options);
  await requirePrograms(opened.project.config, opened.project.env.PATH ?? '');
  return opened;
}

/** Plans the processes of a project on these ports. */
export async function planProject(
  project: Project,
  { ports }: ReservedPorts,
  { color }: DevOptions,
): Promise<{ placement: Placement; plan: Plan }> {
  const placement = placementOf(project.config, ports);
  return { placement, plan: planOf(project, placement, await readDevFiles(project.config), color) };
}
