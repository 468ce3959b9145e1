import type { Cluster } from '../../../../gateway/src/testing/kills/cluster.ts';

/**
 * Records every effect of a write by events, in the same transaction. `writes` changes with each update, so the engine
 * also runs the event of an update that sets the values that are already there.
 */
export const EFFECT_SCHEMA = `
DEFINE TABLE effect SCHEMALESS PERMISSIONS NONE;
DEFINE FIELD writes ON thread TYPE int VALUE ($before ?? 0) + 1 PERMISSIONS FOR select NONE;
DEFINE EVENT effect_thread ON thread WHEN true THEN {
  CREATE effect SET at = time::now(), event = $event, record = <string> ($after.id ?? $before.id),
    values = { title: $after.title, content: $after.content };
};
DEFINE EVENT effect_comment ON comment WHEN $event = 'CREATE' THEN {
  CREATE effect SET at = time::now(), event = $event, record = $after.content, values = {};
};
DEFINE EVENT effect_job ON job WHEN $event = 'CREATE' THEN {
  CREATE effect SET at = time::now(), event = $event, record = $after.payload.id, values = {};
};
`;

/** What a write has done to a record. */
export interface Effect {
  readonly event: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The id of a thread, the content of a comment, or the payload of a job. */
  readonly record: string;
  /** The values of a thread after the effect. */
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** All effects, those of each record in the order of their commits. */
export async function readEffects({ owner }: Pick<Cluster, 'owner'>): Promise<readonly Effect[]> {
  const [effects] = await owner.queryAll('SELECT event, record, values, at FROM effect ORDER BY at');
  return effects as Effect[];
}
