/** How many partitions a new job table gets. Afterwards the rows say which partitions exist, not this number. */
export const PARTITIONS = 8;

/** A part of a job table. One runner at a time owns it and delivers its jobs. */
export interface Partition {
  readonly table: string;
  readonly number: number;
}

/** A map key: equal for equal partitions. */
export function partitionKey({ table, number }: Partition): string {
  return `${number}:${table}`;
}
