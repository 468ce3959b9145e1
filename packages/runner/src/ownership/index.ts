/** Partitions and runners in the database: used by the `spooky` command. */

/** The tables that runners need. */
export { installOwnership, PARTITION_TABLE, RUNNER_TABLE } from './install.ts';
/** How many partitions a job table has. */
export { PARTITIONS } from './partition.ts';
