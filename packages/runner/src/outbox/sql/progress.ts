/**
 * Writes progress reports of running attempts. Index: none, by id. The three lists have one entry for each job. For a
 * few rows: the engine copies the lists for every row.
 */
export const WRITE_PROGRESS = `UPDATE $ids SET progress = $values[array::find_index($ids, id)]
  WHERE status IN ['pending', 'processing'] AND retries = $retries[array::find_index($ids, id)] RETURN NONE`;
