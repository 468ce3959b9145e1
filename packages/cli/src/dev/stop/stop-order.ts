import type { Supervisor } from '@spookify/supervisor';
import { DATABASE, GATEWAY, type Plan, RUNNER } from '../plan/plan.ts';
import { stopNamed } from '../run/launch.ts';

/**
 * The order in which processes stop, so that none outlives a process that it needs. Each group stops when the one before has ended.
 * The gateway stops after the front end, whose proxy would report it as missing, and before the database. The runner stops before the
 * backends, because its running calls would fail and cost their jobs a retry.
 */
export function stopOrder(plan: Plan): string[][] {
  const frontend = plan.commands.filter(({ port }) => port === 'web').map(({ name }) => name);
  const backends = plan.commands.filter(({ port }) => port !== 'web').map(({ name }) => name);
  const database = plan.database === undefined ? [] : [DATABASE];
  return [frontend, [GATEWAY], [RUNNER], backends, database].filter((group) => group.length > 0);
}

/** Stops all processes. The order comes from the plan, not from the order of starts, because edits restart processes. */
export async function stopInOrder(supervisor: Supervisor, plan: Plan): Promise<void> {
  for (const group of stopOrder(plan)) await Promise.all(group.map((name) => stopNamed(supervisor, name)));
}
