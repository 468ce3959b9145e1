/*
 * Every statement about schedules. Each is one block and so one transaction: the row and the job are written together
 * or not at all. All find their rows by id.
 *
 * A job's id is `schedule_<name>__<time>_<key>`, with `_` for each `-` of the name. The key is random and stored on the
 * schedule's row. Users choose the ids of their own jobs: if they could guess the next id, they could take it, and the
 * schedule would not fire.
 */
const IS_OPEN = `status IN ['pending', 'processing']`;
/** `skip` and `replace` know at most this many open jobs. */
const MAX_OPEN = 100;

/**
 * Returns the database's time and the rows of `$schedules`. A SELECT inside of RETURN { … } finds no database (3.0.2).
 */
export const READ = `{
  LET $rows = (SELECT id, definition, mark, paused, version, last_fire, skipped FROM $schedules);
  { now: time::now(), rows: $rows }
}`;

/** The row does not exist before a runner looks, or before the first `spooky schedules` command. */
const CREATE_IF_MISSING = `IF $row = NONE {
    CREATE $schedule SET definition = $definition, mark = time::now(), paused = false, version = 1,
      key = string::lowercase(<string> rand::ulid()), open = [], skipped = 0 RETURN NONE
  }`;

/** Makes `$schedule` fire by `$definition` from now on. A mark that is ahead of the clock stays. */
export const ADOPT = `{
  LET $row = (SELECT * FROM ONLY $schedule);
  ${CREATE_IF_MISSING} ELSE IF $row.definition != $definition {
    UPDATE $schedule SET definition = $definition, mark = time::max([mark, time::now()]), version += 1 RETURN NONE
  }
}`;

/**
 * Fires `$schedule` for the time `$at`, unless another runner was first. Returns `{ job, skipped }`, or NONE if this
 * runner did not fire it. Reads the clock again, because it may have jumped back since the row was read.
 */
export const FIRE = `{
  LET $now = time::now();
  LET $row = (SELECT * FROM ONLY $schedule);
  IF $row.version = $version AND !$row.paused AND $at <= $now {
    LET $job = type::record($table, string::concat($prefix, $stamp, '_', $row.key));
    LET $before = (SELECT VALUE id FROM $row.open WHERE ${IS_OPEN});
    LET $isSkipped = $concurrency = 'skip' AND count($before) > 0;
    LET $isNew = !$isSkipped AND !record::exists($job);
    IF $isNew {
      IF $concurrency = 'replace' { UPDATE $before SET request = 'cancel' WHERE ${IS_OPEN} RETURN NONE };
      CREATE $job SET path = $path, payload = $payload RETURN NONE
    };
    UPDATE $schedule SET mark = $now, last_fire = $at, version += 1,
      skipped += IF $isSkipped { 1 } ELSE { 0 },
      open = array::slice(array::concat($before, IF $isNew { [$job] } ELSE { [] }), -${MAX_OPEN}) RETURN NONE;
    { job: IF $isNew { $job }, skipped: $isSkipped }
  }
}`;

/** Adds a job at once, whatever the schedule's state, and returns its id. */
export const TRIGGER = `{
  LET $row = (SELECT * FROM ONLY $schedule);
  ${CREATE_IF_MISSING};
  LET $job = type::record($table, string::concat($prefix, $stamp, '_', string::lowercase(<string> rand::ulid())));
  LET $before = (SELECT VALUE id FROM ($row.open ?? []) WHERE ${IS_OPEN});
  CREATE $job SET path = $path, payload = $payload RETURN NONE;
  UPDATE $schedule SET version += 1, open = array::slice(array::append($before, $job), -${MAX_OPEN}) RETURN NONE;
  $job
}`;

export const PAUSE = `{
  LET $row = (SELECT * FROM ONLY $schedule);
  ${CREATE_IF_MISSING};
  UPDATE $schedule SET paused = true, version += 1 RETURN NONE
}`;

/** Starts from now: fires that were missed while it was paused are not made up for. */
export const RESUME = `{
  LET $row = (SELECT * FROM ONLY $schedule);
  ${CREATE_IF_MISSING};
  UPDATE $schedule SET paused = false, mark = time::now(), version += 1 RETURN NONE
}`;
