import type { Plan } from '../plan/plan.ts';
import { GATEWAY, RUNNER } from '../plan/plan.ts';

/** The processes that a new plan stops, restarts and starts, by name, in the order of the plan. */
export interface Changes {
  readonly stop: readonly string[];
  /** Started in place of the running process with the same name. */
  readonly restart: readonly string[];
  readonly start: readonly string[];
}

/**
 * Compares the running plan with a new one. A process restarts only if it would start differently, or has read a file that was
 * edited. Pure.
 *
 * @param edited absolute paths
 */
export function changesBetween(running: Plan, wanted: Plan, edited: readonly string[]): Changes {
  const before = new Map(running.commands.map((command) => [command.name, command]));
  const after = new Set(wanted.commands.map(({ name }) => name));
  const differs = (name: string): boolean => {
    const [old, now] = [before.get(name), wanted.commands.find((command) => command.name === name)];
    return !same(old, now) || (now?.reads ?? []).some((file) => edited.includes(file));
  };
  const kept = [...after].filter((name) => before.has(name));
  return {
    stop: [...before.keys()].filter((name) => !after.has(name)),
    restart: [
      ...(same(running.runner, wanted.runner) ? [] : [RUNNER]),
      ...(same(running.gateway, wanted.gateway) ? [] : [GATEWAY]),
      ...kept.filter(differs),
    ],
    start: [...after].filter((name) => !before.has(name)),
  };
}

/** Whether both plans use the same database. `spooky dev` cannot change to another one while it runs. */
export function sameDatabase(running: Plan, wanted: Plan): boolean {
  const place = ({ database, runner }: Plan) => {
    const { url, namespace, database: name } = runner.database;
    return { database, url, namespace, name };
  };
  return same(place(running), place(wanted));
}

/** Plans are plain data. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
