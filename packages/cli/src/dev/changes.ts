import type { Plan } from './plan.ts';
import { GATEWAY, RUNNER } from './plan.ts';

/** What has to happen to the processes so that a new plan holds. Names, each list in the order of the plan. */
export interface Changes {
  readonly stop: readonly string[];
  /** Started in the place of what runs under the same name. */
  readonly restart: readonly string[];
  readonly start: readonly string[];
}

/**
 * Compares what runs with what should: only what would be started differently, or has read a file that was edited, is
 * started anew. Pure.
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

/** Whether both plans have the same database. Another one needs another start. */
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
