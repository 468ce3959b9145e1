/*
 * Every statement about ownership. Each is one block, so one transaction. All but REGISTER and DIE begin with a beat of
 * the runner that sends them: its row is the fence of what it writes here. Partitions and runners are few and are read
 * whole; rows are written by id.
 */
import { ifAlive } from './fence.ts';
import { PARTITION_TABLE, RUNNER_TABLE } from './install.ts';
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

/** Declares each of `$victims` dead that has not beaten since: its runner row and its fences change together. */
export const DECLARE_DEAD = withBeat(`
  FOR $victim IN $victims {
    LET $runner = $victim.runner;
    LET $fences = $victim.fences;
    IF count(UPDATE $runner SET alive = false WHERE alive AND beat = $victim.beat RETURN VALUE id) = 1 {
      UPDATE $fences SET alive = false, writes += 1 RETURN NONE
    }
  };
  SELECT VALUE record::id(id) FROM $victims.runner WHERE !alive`);

/** Declares the runner itself dead. */
export const DIE = `{
  UPDATE $me SET alive = false RETURN NONE;
  UPDATE $fences SET alive = false, writes += 1 RETURN NONE
}`;

/** Takes `$unowned`, and `$orphaned` from dead owners; gives the rows of those that still were as they are said to be. */
export const TAKE = withBeat(`
  LET $now = time::ceil(time::now(), 1ms);
  LET $free = (UPDATE $unowned SET owner = $runner WHERE owner = NONE RETURN AFTER);
  FOR $orphan IN $orphaned {
    LET $partition = $orphan.partition;
    UPDATE $partition SET owner = $runner, crashes += 1, careful_until = $now WHERE owner = $orphan.owner RETURN NONE
  };
  LET $taken = (SELECT * FROM $orphaned.partition WHERE owner = $runner);
  array::concat($free, $taken)`);

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
