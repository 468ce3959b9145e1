/*
 * Every statement about ownership. Each is one block and so one transaction. All but REGISTER and DIE begin with a beat
 * of the calling runner: its row is the fence of these writes. Partitions and runners are few, so they are read as a
 * whole; rows are written by id.
 *
 * An UPDATE returns the rows that it changed. They are never read again in the same block, because a SELECT by id would
 * return rows without ids (3.0.2).
 */
import { ifAlive } from './fence.ts';
import { FENCE_TABLE, PARTITION_TABLE, RUNNER_TABLE } from './install.ts';
import { PARTITIONS } from './partition.ts';

/** Adds `$me`, and partitions to each of `$tables` that has none. Can be repeated, also after its answer was lost. */
export const REGISTER = `{
  IF !record::exists($me) {
    CREATE $me SET beat = 0, alive = true, tables = $tables, host = $host RETURN NONE;
    FOR $fence IN $fences { CREATE $fence SET alive = true, writes = 0 RETURN NONE }
  };
  FOR $table IN $tables {
    IF count(SELECT VALUE id FROM ${PARTITION_TABLE} WHERE record::id(id)[0] = $table) = 0 {
      FOR $number IN 0..${PARTITIONS} {
        CREATE type::record('${PARTITION_TABLE}', [$table, $number]) SET crashes = 0 RETURN NONE
      }
    }
  }
}`;

/** A beat, and statements that run only if it succeeds. */
function withBeat(statements: string): string {
  return ifAlive('UPDATE $me SET beat += 1, tables = $tables WHERE alive RETURN VALUE alive', statements);
}

/** Returns `{ runners, partitions }` of one moment. */
export const BEAT = withBeat(`
  LET $runners = (SELECT id, beat, alive, tables, host FROM ${RUNNER_TABLE});
  LET $partitions = (SELECT id, owner, careful_until FROM ${PARTITION_TABLE});
  { runners: $runners, partitions: $partitions }`);

/**
 * Declares each of `$ids` dead that is still at its beat in `$seen`, a list of `[id, beat]`. Its runner row and its
 * fences change together. Returns the ids of those that died by this statement.
 */
export const DECLARE_DEAD = withBeat(`
  LET $dead = (UPDATE $ids SET alive = false
    WHERE alive AND [record::id(id), beat] IN $seen RETURN VALUE record::id(id));
  FOR $one IN $dead {
    UPDATE type::record('${FENCE_TABLE}', [$one, 0]), type::record('${FENCE_TABLE}', [$one, 1])
      SET alive = false, writes += 1 RETURN NONE
  };
  $dead`);

/** Declares the runner itself dead. */
export const DIE = `{
  UPDATE $me SET alive = false RETURN NONE;
  UPDATE $fences SET alive = false, writes += 1 RETURN NONE
}`;

/**
 * Takes what is still free of `$unowned`, and what is still owned by the dead `$owners` of `$orphaned`. Returns the
 * rows.
 */
export const TAKE = withBeat(`
  LET $now = time::ceil(time::now(), 1ms);
  LET $free = (UPDATE $unowned SET owner = $runner WHERE owner = NONE RETURN AFTER);
  LET $rest = (UPDATE $orphaned SET owner = $runner, crashes += 1, careful_until = $now
    WHERE owner IN $owners RETURN AFTER);
  array::concat($free, $rest)`);

/** Gives up `$partitions`. */
export const RELEASE = withBeat(`
  UPDATE $partitions SET owner = NONE WHERE owner = $runner RETURN NONE`);

/** Gives up all partitions and removes the runner. */
export const LEAVE = withBeat(`
  UPDATE ${PARTITION_TABLE} SET owner = NONE WHERE owner = $runner RETURN NONE;
  DELETE $fences RETURN NONE;
  DELETE $me RETURN NONE`);

/** Removes those of `$runners` that are dead and own nothing. */
export const FORGET = withBeat(`
  FOR $one IN $runners {
    LET $dead = $one.runner;
    LET $fences = $one.fences;
    IF count(SELECT VALUE id FROM ${PARTITION_TABLE} WHERE owner = record::id($dead)) = 0 {
      IF count(DELETE $dead WHERE !alive RETURN BEFORE) = 1 { DELETE $fences RETURN NONE }
    }
  }`);

/**
 * Changes the fence of one writer of a runner, then runs the statements.
 * @param fence a record id as text
 */
export function withFence(fence: string, statements: string): string {
  return ifAlive(`UPDATE ${fence} SET writes += 1 WHERE alive RETURN VALUE alive`, statements);
}
