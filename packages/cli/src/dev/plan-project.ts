import type { HeldPorts } from '../ports.ts';
import { openProjectWithSecrets, type Project } from '../project.ts';
import { readDevFiles } from './dev-files.ts';
import type { DevOptions } from './options.ts';
import { type Placement, placementOf } from './placement.ts';
import { type Plan, planOf } from './plan.ts';
import { requirePrograms } from './requirements.ts';

/**
 * Reads and checks all that can be checked before anything is started.
 *
 * @returns besides the project, the names of the secrets that were made for it
 * @throws ConfigError or CliError
 */
export async function openDevProject(options: DevOptions): Promise<{ project: Project; made: readonly string[] }> {
  const opened = await openProjectWithSecrets(options);
  await requirePrograms(opened.project.config, opened.project.env.PATH ?? '');
  return opened;
}

/** What is to run where, with these ports. */
export async function planProject(
  project: Project,
  { ports }: HeldPorts,
  { color }: DevOptions,
): Promise<{ placement: Placement; plan: Plan }> {
  const placement = placementOf(project.config, ports);
  return { placement, plan: planOf(project, placement, await readDevFiles(project.config), color) };
}
