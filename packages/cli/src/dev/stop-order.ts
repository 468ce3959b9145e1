import type { Supervisor } from '@spookify/supervisor';
import { stopNamed } from './launch.ts';
import { DATABASE, GATEWAY, type Plan, RUNNER } from './plan.ts';

/**
 * Who is stopped after whom, so that nothing outlives what it is built on: each group when the one before has ended. The
 * gateway goes after the front end, whose proxy would report its absence, and before the database. The runner goes before the backends, or the calls that it makes meanwhile would fail and cost their jobs a retry.
 */
export function stopOrder(plan: Plan): string[][] {
  const frontend = plan.commands.filter(({ port }) => port === 'web').map(({ name }) => name);
  const backends = plan.commands.filter(({ port }) => port !== 'web').map(({ name }) => name);
  const database = plan.database === undefined ? [] : [DATABASE];
  return [frontend, [GATEWAY], [RUNNER], backends, database].filter((group) => group.length > 0);
}

/** By the plan, not by when each was started: an edit may have restarted some. */
export async function stopInOrder(supervisor: Supervisor, plan: Plan): Promise<void> {
  for (const group of stopOrder(plan)) await Promise.all(group.map((name) => stopNamed(supervisor, name)));
}
