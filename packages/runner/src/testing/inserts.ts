/**
 * Every way in which a client can create a job, as a statement of an id and the fields besides `path`, all in
 * SurrealQL.
 */
export const INSERTS: Readonly<Record<string, (id: string, fields: Readonly<Record<string, string>>) => string>> = {
  'CREATE … SET': (id, fields) => `CREATE ${id} SET ${assignments(fields)}`,
  'CREATE … CONTENT': (id, fields) => `CREATE ${id} CONTENT ${object(fields)}`,
  INSERT: (id, fields) => `INSERT INTO job ${object({ id, ...fields })}`,
  'INSERT of many': (id, fields) => `INSERT INTO job [${object({ id, ...fields })}]`,
  'INSERT with columns': (id, fields) => {
    const all = withPath({ id, ...fields });
    return `INSERT INTO job (${Object.keys(all).join(', ')}) VALUES (${Object.values(all).join(', ')})`;
  },
  'UPSERT … SET': (id, fields) => `UPSERT ${id} SET ${assignments(fields)}`,
  'UPSERT … CONTENT': (id, fields) => `UPSERT ${id} CONTENT ${object(fields)}`,
  'UPSERT … MERGE': (id, fields) => `UPSERT ${id} MERGE ${object(fields)}`,
};

function withPath(fields: Readonly<Record<string, string>>): Record<string, string> {
  return { path: `'/spookify'`, ...fields };
}

function assignments(fields: Readonly<Record<string, string>>): string {
  return Object.entries(withPath(fields))
    .map(([field, value]) => `${field} = ${value}`)
    .join(', ');
}

function object(fields: Readonly<Record<string, string>>): string {
  const members = Object.entries(withPath(fields)).map(([field, value]) => `${field}: ${value}`);
  return `{ ${members.join(', ')} }`;
}
