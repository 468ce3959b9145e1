import { type ProcessRow, processRows } from './process-rows.ts';

/** What a process takes of the machine, together with everything that it started and that is still alive. */
export interface Usage {
  /** The sum of the resident sets. Pages that two of them share, such as Node's own code, count twice. */
  readonly memoryBytes: number;
  /** Time on the processor so far. Milliseconds. */
  readonly cpuMs: number;
  /** How many processes it is. */
  readonly processes: number;
}

/** By the pid of each leader that is alive. Empty where nothing can be measured; never rejects. */
export async function usageOf(leaders: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  if (leaders.length === 0) return new Map();
  const rows = await processRows().catch(() => []);
  return new Map(
    leaders.flatMap((leader) => {
      const members = treeOf(leader, rows);
      return members.length === 0 ? [] : [[leader, total(members)] as const];
    }),
  );
}

/** The group that it leads, and all their descendants: also those that have left the group. */
export function treeOf(leader: number, rows: readonly ProcessRow[]): ProcessRow[] {
  const children = Map.groupBy(rows, ({ parent }) => parent);
  const tree = new Set(rows.filter(({ pid, group }) => pid === leader || group === leader));
  for (const row of tree) for (const child of children.get(row.pid) ?? []) tree.add(child);
  return [...tree];
}

function total(rows: readonly ProcessRow[]): Usage {
  return {
    memoryBytes: rows.reduce((sum, row) => sum + row.memoryBytes(), 0),
    cpuMs: rows.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    processes: rows.length,
  };
}
