/** One row per partition, with the id `[table, number]`. */
export const PARTITION_TABLE = 'spooky_partition';
/** One row per runner. */
export const RUNNER_TABLE = 'spooky_runner';
/** One row per runner and writer, with the id `[runner, k]`. */
export const FENCE_TABLE = 'spooky_fence';

const TABLES = `BEGIN;
  DEFINE TABLE OVERWRITE ${PARTITION_TABLE} TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'Which runner owns which part of a job table. Changes only when the owner does.';
  DEFINE FIELD OVERWRITE owner ON ${PARTITION_TABLE} TYPE option<string>;
  DEFINE FIELD OVERWRITE crashes ON ${PARTITION_TABLE} TYPE int;
  DEFINE FIELD OVERWRITE careful_until ON ${PARTITION_TABLE} TYPE option<datetime>;
  DEFINE TABLE OVERWRITE ${RUNNER_TABLE} TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'Runners and their sign of life. A dead one stays dead; its process goes on under a new id.';
  DEFINE FIELD OVERWRITE beat ON ${RUNNER_TABLE} TYPE int;
  DEFINE FIELD OVERWRITE alive ON ${RUNNER_TABLE} TYPE bool;
  DEFINE FIELD OVERWRITE tables ON ${RUNNER_TABLE} TYPE array<string>;
  DEFINE FIELD OVERWRITE host ON ${RUNNER_TABLE} TYPE option<string>;
  DEFINE TABLE OVERWRITE ${FENCE_TABLE} TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'Changed by every write of a runner, so that none commits after its death.';
  DEFINE FIELD OVERWRITE alive ON ${FENCE_TABLE} TYPE bool;
  DEFINE FIELD OVERWRITE writes ON ${FENCE_TABLE} TYPE int;
COMMIT;`;

/**
 * Adds the tables of ownership. Can run again at any time; rows stay.
 *
 * @param owner connected as an owner of the database
 */
export async function installOwnership(owner: { queryAll(text: string): Promise<unknown> }): Promise<void> {
  await owner.queryAll(TABLES);
}
