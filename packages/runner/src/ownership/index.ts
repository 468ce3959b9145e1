/** Who owns which partition of a job table: used by the command. */

/** What runners need in the database. */
export { installOwnership, PARTITION_TABLE, RUNNER_TABLE } from './install.ts';
/** How many partitions a job table is given. */
export { PARTITIONS } from './partition.ts';
