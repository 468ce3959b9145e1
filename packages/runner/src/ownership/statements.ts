/*
 * Every statement about ownership. Each is one block, so one transaction. All but REGISTER and DIE begin with a beat of
 * the runner that sends them: its row is the fence of what it writes here. Partitions and runners are few and are read
 * whole; rows are written by id.
 *
 * An UPDATE gives the rows that it has changed, and they are never read again in the same block: a SELECT by id then gives
 * rows without ids (3.0.2).
 */
import { ifAlive } from './fence.ts';
import { FENCE_TABLE, PARTITION_TABLE, RUNNER_TABLE } from './install.ts';
import { PARTITIONS } from './partition.ts';

/** Adds `$me`, and partitions to each of `$tables` that has none. May be repeated, also after its answer was lost. */
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

/** A sign of life, and statements that count only with it. */
function withBeat(statements: string): string {
  return ifAlive('UPDATE $me SET beat += 1, tables = $tables WHERE alive RETURN VALUE alive', statements);
}

/** Gives `{ runners, partitions }`, of one moment. */
export const BEAT = withBeat(`
  LET $runners = (SELECT id, beat, alive, tables, host FROM ${RUNNER_TABLE});
  LET $partitions = (SELECT id, owner, careful_until FROM ${PARTITION_TABLE});
  { runners: $runners, partitions: $partitions }`);

/**
 * Declares `$ids` dead, each if it is still at the beat that `$seen` has for it, as `[id, beat]`. Its runner row and its
 * fences change together. Gives the ids of those that died by this.
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

/** Takes what still is free of `$unowned`, and what still is owned by the dead `$owners` of `$orphaned`; gives the rows. */
export const TAKE = withBeat(`
  LET $now = time::ceil(time::now(), 1ms);
  LET $free = (UPDATE $unowned SET owner = $runner WHERE owner = NONE RETURN AFTER);
  LET $rest = (UPDATE $orphaned SET owner = $runner, crashes += 1, careful_until = $now
    WHERE owner IN $owners RETURN AFTER);
  array::concat($free, $rest)`);

/** Gives up `$partitions`. */
export const RELEASE = withBeat(`
  UPDATE $partitions SET owner = NONE WHERE owner = $runner RETURN NONE`);

/** Gives up everything and removes the runner. */
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

/** Changes the fence of one writer of a runner, then runs the statements. @param fence a record id as text */
export function withFence(fence: string, statements: string): string {
  return ifAlive(`UPDATE ${fence} SET writes += 1 WHERE alive RETURN VALUE alive`, statements);
}
