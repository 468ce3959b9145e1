/**
 * Who may do what: every table, field, role and verb of the schema, found out by trying, by every road that is known to
 * have led around a permission.
 */
import { equals, escapeIdent, RecordId, type Surreal } from 'surrealdb';
import { type FieldFixture, fixtureOf, type TableFixture } from './fixture.ts';
import type { Role, Stage } from './people.ts';

/** What came of trying. `LEAK` names the roads on which something came out that the plain one does not give. */
export interface Cell {
  readonly read: 'yes' | 'no' | `LEAK ${string}`;
  /** What a row has that was made without it. */
  readonly bare: 'value' | 'none';
  /** `set` as sent, `ignored` for another value, or refused (`no`). */
  readonly create: Attempt;
  readonly update: Attempt;
  /** Whether it may be taken away. */
  readonly clear: 'yes' | 'no';
  /** Of the values that must never be taken, those that were. */
  readonly wrong: readonly string[];
}

type Attempt = 'set' | 'ignored' | 'no';

/** What one role may do with the rows of one table. */
export interface Column {
  readonly table: string;
  readonly role: string;
  readonly create: 'yes' | 'no';
  /** A change that changes nothing is accepted. */
  readonly update: 'yes' | 'no';
  readonly delete: 'yes' | 'no';
  /** A second row with the same values under another id, made with all rights. */
  readonly duplicate: 'taken' | 'refused';
  /** The tables whose rows about the deleted one stay. */
  readonly leaves: readonly string[];
  readonly fields: Readonly<Record<string, Cell>>;
}

/** A field that no table defines. */
export const UNDECLARED = 'undeclared';

/** Every column, those of `first` before the others. Throws when the schema has a table or a field without a fixture. */
export async function* columnsOf({ root, roles }: Stage, first?: string): AsyncGenerator<Column> {
  const tables = await readTables(root);
  const order = [...tables].sort(([a], [b]) => Number(b === first) - Number(a === first));
  for (const [table, fields] of order) {
    for (const role of roles) yield new Prober(root, role, table, fields, tables).column();
  }
}

/** One field's cells, by role. */
export async function cellsOf({ root, roles }: Stage, table: string, field: string): Promise<Map<string, Cell>> {
  const tables = await readTables(root);
  const cells = new Map<string, Cell>();
  for (const role of roles) {
    const prober = new Prober(root, role, table, tables.get(table) ?? new Map(), tables);
    cells.set(role.name, await prober.cell(field));
  }
  return cells;
}

/** Each table with its top-level fields and, for those that hold one record, the table they point at. */
type Fields = ReadonlyMap<string, string | undefined>;

async function readTables(root: Surreal): Promise<ReadonlyMap<string, Fields>> {
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

/** Tries everything in one role on one table. */
class Prober {
  readonly #root: Surreal;
  readonly #role: Role;
  readonly #table: string;
  readonly #fields: Fields;
  readonly #tables: ReadonlyMap<string, Fields>;
  readonly #fixtures: Readonly<Record<string, TableFixture>>;
  readonly #id: RecordId;

  constructor(root: Surreal, role: Role, table: string, fields: Fields, tables: ReadonlyMap<string, Fields>) {
    this.#root = root;
    this.#role = role;
    this.#table = table;
    this.#fields = fields;
    this.#tables = tables;
    const fixtures = fixtureOf(role.targetOf(table));
    const hidden = role.isDeleted && table !== 'user' ? ['user'] : [];
    this.#fixtures = Object.fromEntries(Object.entries(fixtures).filter(([name]) => !hidden.includes(name)));
    this.#id = new RecordId(table, this.#fixture(table).key as string);
  }

  async cell(field: string): Promise<Cell> {
    await this.#layOut();
    return this.#cell(field, await this.#make(this.#fixture(this.#table).create));
  }

  async column(): Promise<Column> {
    await this.#layOut();
    const fields: Record<string, Cell> = {
      id: { read: await this.#read('id'), bare: 'value', create: 'no', update: 'no', clear: 'no', wrong: [] },
    };
    const bare = await this.#make(this.#fixture(this.#table).create);
    for (const field of this.#fields.keys()) fields[field] = await this.#cell(field, bare);
    fields[UNDECLARED] = { read: 'no', bare: 'none', ...(await this.#write(UNDECLARED)) };
    return {
      ...{ table: this.#table, role: this.#role.name, fields },
      ...{ create: bare === undefined ? 'no' : 'yes', update: await this.#update(), delete: await this.#delete() },
      ...{ duplicate: await this.#duplicate(), leaves: await this.#leaves() },
    };
  }

  async #cell(field: string, bare: Row | undefined): Promise<Cell> {
    const made = bare?.[field] === undefined ? 'none' : 'value';
    return { read: await this.#read(field), bare: made, ...(await this.#write(field)) };
  }

  #fixture(table: string): TableFixture {
    const fixture = this.#fixtures[table];
    if (fixture === undefined) throw new Error(`The table ${table} has no row in tests/permissions/fixture.ts.`);
    return fixture;
  }

  #sample(field: string): FieldFixture {
    if (field === UNDECLARED) return { value: undefined, forged: 'made up' };
    const sample = this.#fixture(this.#table).fields[field];
    if (sample === undefined) throw new Error(`${this.#table}.${field} has no value in tests/permissions/fixture.ts.`);
    return sample;
  }

  /** Puts the rows of the target where they belong, whatever has become of them. */
  async #layOut(): Promise<void> {
    for (const table of Object.keys(this.#fixtures)) if (this.#tables.has(table)) await this.#put(table);
  }

  async #put(table: string): Promise<void> {
    const id = new RecordId(table, this.#fixture(table).key as string);
    await this.#root.query(PUT, { id, content: this.#content(table) });
  }

  #content(table: string): Row {
    const { fields } = this.#fixture(table);
    return Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value]));
  }

  async #stored(field: string): Promise<unknown> {
    const [value] = await this.#root.query<[unknown]>(`SELECT VALUE ${escapeIdent(field)} FROM ONLY $id`, {
      id: this.#id,
    });
    return value;
  }

  /** The first road is the plain one; what others give and it does not has leaked. */
  async #read(field: string): Promise<Cell['read']> {
    const value = await this.#stored(field);
    const seen: string[] = [];
    const roads = Object.entries(this.#roads(field));
    const texts = roads.map(([, text]) => text);
    const found = await this.#role.run(texts, { id: this.#id, value });
    for (const [index, [name]] of roads.entries()) {
      if (reveals(found[index], this.#id, field, value)) seen.push(name);
    }
    if (seen.includes('id')) return 'yes';
    return seen.length === 0 ? 'no' : `LEAK ${seen.join(', ')}`;
  }

  #roads(field: string): Readonly<Record<string, string>> {
    const [f, t] = [escapeIdent(field), escapeIdent(this.#table)];
    const roads: Record<string, string> = {
      id: `SELECT VALUE ${f} FROM ONLY $id`,
      scan: `SELECT VALUE ${f} FROM ${t}`,
      star: `SELECT * FROM ${t}`,
      range: `SELECT VALUE ${f} FROM ${t}:..`,
      equal: `SELECT VALUE ${f} FROM ${t} WHERE ${f} = $value`,
      within: `SELECT VALUE ${f} FROM ${t} WHERE ${f} IN [$value]`,
      above: `SELECT VALUE ${f} FROM ${t} WHERE ${f} >= $value LIMIT 100`,
      ordered: `SELECT VALUE ${f} FROM (SELECT ${f} FROM ${t} ORDER BY ${f} DESC LIMIT 100)`,
      count: `RETURN IF count(SELECT VALUE id FROM ${t} WHERE ${f} = $value) > 0 { $value }`,
      grouped: `SELECT VALUE ${f} FROM (SELECT ${f} FROM ${t} GROUP BY ${f})`,
      path: `RETURN $id.${f}`,
      all: `RETURN $id.*`,
      before: `UPDATE $id SET id = id RETURN BEFORE`,
      upsert: `UPSERT $id SET id = id RETURN BEFORE`,
    };
    for (const index of ['created_at', 'author', 'thread', 'status', 'assigned_to', 'created_by']) {
      if (this.#fields.has(index)) roads[`by ${index}`] = `SELECT * FROM ${t} ORDER BY ${index} LIMIT 100`;
    }
    for (const [table, fields] of this.#tables) {
      for (const [link, target] of fields) {
        if (target !== this.#table) continue;
        const from = `${escapeIdent(table)}`;
        roads[`${table}.${link}`] = `SELECT VALUE ${escapeIdent(link)}.${f} FROM ${from}`;
        roads[`${table} FETCH ${link}`] = `SELECT VALUE ${escapeIdent(link)} FROM ${from} FETCH ${escapeIdent(link)}`;
      }
    }
    for (const [link, target] of this.#fields) {
      if (target === undefined || !this.#tables.has(target)) continue;
      roads[`back from ${target} by ${link}`] =
        `SELECT VALUE <~(SELECT * FROM ${t} FIELD ${escapeIdent(link)}) FROM ${escapeIdent(target)}`;
    }
    return roads;
  }

  async #write(field: string): Promise<Omit<Cell, 'read' | 'bare'>> {
    const { forged, changed = forged, wrong = [] } = this.#sample(field);
    const taken: string[] = [];
    for (const value of wrong) {
      if ((await this.#createWith(field, value)) === 'set') taken.push(`create ${show(value)}`);
      if ((await this.#updateWith(field, value)) === 'set') taken.push(`update ${show(value)}`);
    }
    return {
      create: await this.#createWith(field, forged),
      update: await this.#updateWith(field, changed),
      clear: await this.#clear(field),
      wrong: taken,
    };
  }

  /** Makes a row in the role's own name, with one field more. */
  async #createWith(field: string, value: unknown): Promise<Attempt> {
    const outcomes: Attempt[] = [];
    for (const statement of CREATES) {
      const row = await this.#make({ ...this.#fixture(this.#table).create, [field]: value }, statement);
      outcomes.push(row === undefined ? 'no' : equals(row[field], value) ? 'set' : 'ignored');
    }
    return mostOf(outcomes);
  }

  /** The row that came of an attempt to make one, if any; it is gone afterwards. */
  async #make(content: Row, statement = CREATES[0]): Promise<Row | undefined> {
    const id = new RecordId(this.#table, 'tried');
    await this.#role.run([statement(escapeIdent(this.#table))], { id, content, row: { id, ...content } });
    const [row] = await this.#root.query<[Row | undefined]>('SELECT * FROM ONLY $id; DELETE $id', { id });
    return row;
  }

  async #updateWith(field: string, value: unknown): Promise<Attempt> {
    const outcomes: Attempt[] = [];
    const [f, t] = [escapeIdent(field), escapeIdent(this.#table)];
    for (const statement of UPDATES) {
      const [, , row] = await this.#root.query<[unknown, unknown, Row]>(`${PUT}; SELECT * FROM ONLY $id`, {
        ...{ id: this.#id, content: this.#content(this.#table) },
      });
      const variables = {
        ...{ id: this.#id, value, path: `/${field}`, merge: { [field]: value } },
        ...{ content: { ...row, [field]: value }, row: { id: this.#id, [field]: value } },
      };
      const [answer] = await this.#role.run([statement(t, f)], variables);
      const after = await this.#stored(field);
      const isSet = equals(after, value) && !equals(row[field], value);
      outcomes.push(isSet ? 'set' : answer === undefined || isEmpty(answer) ? 'no' : 'ignored');
    }
    await this.#put(this.#table);
    return mostOf(outcomes);
  }

  async #clear(field: string): Promise<'yes' | 'no'> {
    for (const text of [`UPDATE $id SET ${escapeIdent(field)} = NONE`, `UPDATE $id UNSET ${escapeIdent(field)}`]) {
      await this.#put(this.#table);
      const had = await this.#stored(field);
      await this.#role.run([text], { id: this.#id });
      if (had !== undefined && (await this.#stored(field)) === undefined) return 'yes';
    }
    return 'no';
  }

  async #update(): Promise<'yes' | 'no'> {
    await this.#put(this.#table);
    const [changed] = await this.#role.run(['UPDATE $id SET id = id'], { id: this.#id });
    return changed === undefined || isEmpty(changed) ? 'no' : 'yes';
  }

  async #delete(): Promise<'yes' | 'no'> {
    const t = escapeIdent(this.#table);
    for (const text of ['DELETE $id', `DELETE ${t} WHERE id = $id`, `DELETE ${t}`, `DELETE ${t}:..`]) {
      await this.#put(this.#table);
      await this.#role.run([text], { id: this.#id });
      if ((await this.#stored('id')) === undefined) return 'yes';
    }
    return 'no';
  }

  async #duplicate(): Promise<'taken' | 'refused'> {
    await this.#put(this.#table);
    const id = new RecordId(this.#table, 'duplicate');
    const content = this.#content(this.#table);
    const [made] = await this.#root.query('CREATE $id CONTENT $content; DELETE $id', { id, content }).responses();
    return made?.success === true ? 'taken' : 'refused';
  }

  async #leaves(): Promise<string[]> {
    await this.#layOut();
    await this.#root.query('DELETE $id', { id: this.#id });
    const others = Object.keys(this.#fixtures).filter((table) => table !== this.#table && this.#tables.has(table));
    const ids = others.map((table) => new RecordId(table, this.#fixture(table).key as string));
    const [left] = await this.#root.query<[(RecordId | undefined)[]]>('SELECT VALUE id FROM $ids', { ids });
    await this.#layOut();
    return others.filter((table) => left.some((id) => id?.table.name === table));
  }
}

type Row = Readonly<Record<string, unknown>>;
type Statement = (table: string) => string;

const PUT = 'DELETE $id; CREATE $id CONTENT $content';

const CREATES: readonly [Statement, ...Statement[]] = [
  () => 'CREATE $id CONTENT $content',
  () => 'UPSERT $id CONTENT $content',
  (table) => `INSERT INTO ${table} $row`,
];

/** Every statement that changes one field of a row. */
const UPDATES: readonly ((table: string, field: string) => string)[] = [
  (_, field) => `UPDATE $id SET ${field} = $value`,
  () => 'UPDATE $id MERGE $merge',
  () => 'UPDATE $id CONTENT $content',
  () => 'UPDATE $id REPLACE $content',
  () => `UPDATE $id PATCH [{ op: 'replace', path: $path, value: $value }]`,
  (_, field) => `UPSERT $id SET ${field} = $value`,
  (table, field) => `UPDATE ${table} SET ${field} = $value WHERE id = $id`,
  (table, field) => `INSERT INTO ${table} $row ON DUPLICATE KEY UPDATE ${field} = $value`,
];

/** Of several ways to do the same, what the best of them achieves. */
const mostOf = (outcomes: readonly Attempt[]): Attempt =>
  outcomes.includes('set') ? 'set' : outcomes.includes('ignored') ? 'ignored' : 'no';

const isEmpty = (answer: unknown): boolean => Array.isArray(answer) && answer.length === 0;

/** Whether the value stands in an answer: by itself, in a list, or as the field of the row. */
function reveals(answer: unknown, id: RecordId, field: string, value: unknown): boolean {
  if (value === undefined || answer === undefined || answer === null) return false;
  if (equals(answer, value)) return true;
  if (Array.isArray(answer)) return answer.some((item) => reveals(item, id, field, value));
  if (typeof answer !== 'object' || !('id' in answer) || !equals(answer.id, id)) return false;
  return field in answer && equals((answer as Record<string, unknown>)[field], value);
}

const show = (value: unknown): string => (typeof value === 'string' ? `text of ${value.length}` : String(value));
