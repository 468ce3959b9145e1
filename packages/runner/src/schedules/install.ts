import type { Queries } from '@spookify/surreal-link';

/** One row per schedule, under its name. Only runners and `spooky schedules` read and write it. */
export const SCHEDULE_TABLE = 'spooky_schedule';

const TABLE = `BEGIN;
  DEFINE TABLE OVERWRITE ${SCHEDULE_TABLE} TYPE NORMAL SCHEMAFULL PERMISSIONS NONE
    COMMENT 'Up to when each schedule has fired, and whether it is paused.';
  DEFINE FIELD OVERWRITE definition ON ${SCHEDULE_TABLE} TYPE string;
  DEFINE FIELD OVERWRITE mark ON ${SCHEDULE_TABLE} TYPE datetime;
  DEFINE FIELD OVERWRITE paused ON ${SCHEDULE_TABLE} TYPE bool;
  DEFINE FIELD OVERWRITE version ON ${SCHEDULE_TABLE} TYPE int;
  DEFINE FIELD OVERWRITE key ON ${SCHEDULE_TABLE} TYPE string READONLY;
  DEFINE FIELD OVERWRITE open ON ${SCHEDULE_TABLE} TYPE array<record>;
  DEFINE FIELD OVERWRITE last_fire ON ${SCHEDULE_TABLE} TYPE option<datetime>;
  DEFINE FIELD OVERWRITE skipped ON ${SCHEDULE_TABLE} TYPE int;
COMMIT;`;

/**
 * Adds the table of schedules. Can run again at any time; rows stay.
 *
 * @param owner connected as an owner of the database
 */
export async function installSchedules(owner: Queries): Promise<void> {
  await owner.queryAll(TABLE);
}
