import { type ProcessRow, processRows } from './process-rows.ts';

/** Resource usage of a process and its living descendants. */
export interface Usage {
  /** Sum of the resident sets. Pages that several processes share, such as Node's own code, count once for each. */
  readonly memoryBytes: number;
  /** Processor time so far. Milliseconds. */
  readonly cpuMs: number;
  /** Number of processes. */
  readonly processes: number;
}

/** Returns the usage by the pid of each living leader. Empty where nothing can be measured. Never rejects. */
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

/** The members of the group and all their descendants, including those that left the group. */
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
