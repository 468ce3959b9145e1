import { launchCommand, launchDatabase, launchGateway, launchRunner } from './launch.ts';
import type { Stack } from './stack.ts';

/** Starts the database, then the schema step, then everything else at the same time. Resolves when every process is ready. */
export async function startStack(stack: Stack): Promise<void> {
  // The module loads while the database starts on another core. Types depend on the files alone, so they don't wait for it.
  const steps = import('./schema-step.ts');
  await Promise.all([
    launchDatabase(stack).then(async () => (await steps).applySchema(stack)),
    steps.then(({ refreshTypes }) => refreshTypes(stack)),
  ]);
  // The front end can start before the gateway is ready: its proxy needs the gateway only when a page is open.
  const commands = stack.plan.commands.map((planned) => launchCommand(stack, planned));
  const launches = [launchGateway(stack), launchRunner(stack), ...commands];
  await Promise.all(launches.map(async (launch) => (await launch).ready));
}
