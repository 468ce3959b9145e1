/** How many partitions a job table is given. Afterwards its rows, not this number, say which exist. */
export const PARTITIONS = 8;

/** A part of a job table. One runner at a time owns it and delivers its jobs. */
export interface Partition {
  readonly table: string;
  readonly number: number;
}

/** Equal for equal partitions; to find them in maps. */
export function partitionKey({ table, number }: Partition): string {
  return `${number}:${table}`;
}
