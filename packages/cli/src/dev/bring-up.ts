import { launchCommand, launchDatabase, launchGateway, launchRunner } from './launch.ts';
import type { Stack } from './stack.ts';

/** Starts everything in its order, each part once what it needs really answers; resolves when all of it does. */
export async function bringUp(stack: Stack): Promise<void> {
  // Loaded while the database starts, on another core. Types come from the files alone, so they need not wait for it.
  const steps = import('./schema-step.ts');
  await Promise.all([
    launchDatabase(stack).then(async () => (await steps).applySchema(stack)),
    steps.then(({ refreshTypes }) => refreshTypes(stack)),
  ]);
  // The front end's proxy asks for the gateway only when a page does, and by then both are ready.
  const commands = stack.plan.commands.map((planned) => launchCommand(stack, planned));
  const launches = [launchGateway(stack), launchRunner(stack), ...commands];
  await Promise.all(launches.map(async (launch) => (await launch).ready));
}
