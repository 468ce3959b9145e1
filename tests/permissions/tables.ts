import { escapeIdent, type Surreal } from 'surrealdb';

/** Each table with its top-level fields and, for a field that holds a record, the table that it refers to. */
export type Fields = ReadonlyMap<string, string | undefined>;

export type Tables = ReadonlyMap<string, Fields>;

export async function readTables(root: Surreal): Promise<Tables> {
  const [info] = await root.query<[{ tables: readonly { name: string }[] }]>('INFO FOR DB STRUCTURE');
  const tables = new Map<string, Fields>();
  for (const { name } of info.tables) {
    const [table] = await root.query<[{ fields: readonly { name: string; kind?: string }[] }]>(
      `INFO FOR TABLE ${escapeIdent(name)} STRUCTURE`,
    );
    const fields = table.fields.filter(({ name: field }) => !/[.[]/.test(field) && field !== 'id');
    tables.set(name, new Map(fields.map(({ name: field, kind }) => [field, /record<(\w+)>/.exec(kind ?? '')?.[1]])));
  }
  return tables;
}
