import { equals, escapeIdent, RecordId, type Surreal } from 'surrealdb';
import { type Attempt, type Cell, type Column, type RowCell, type TableCell, UNDECLARED } from './cells.ts';
import { fixtureOf } from './fixture.ts';
import type { FieldFixture, TableFixture } from './fixture-types.ts';
import type { Role } from './people.ts';
import { readPaths, reveals } from './read-paths.ts';
import { CREATES, DELETES, PUT, UPDATES } from './statements.ts';
import type { Fields, Tables } from './tables.ts';

type Row = Readonly<Record<string, unknown>>;

/** Tries everything with one role on one table. */
export class Prober {
  readonly #root: Surreal;
  readonly #role: Role;
  readonly #table: string;
  readonly #fields: Fields;
  readonly #tables: Tables;
  readonly #fixtures: Readonly<Record<string, TableFixture>>;
  readonly #id: RecordId;

  constructor(root: Surreal, role: Role, table: string, fields: Fields, tables: Tables) {
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
    return this.#cell(field, await this.#bare());
  }

  async row(): Promise<RowCell> {
    await this.#layOut();
    return this.#row(await this.#bare());
  }

  async table(): Promise<TableCell> {
    await this.#layOut();
    return this.#tableCell();
  }

  async column(): Promise<Column> {
    const fields: Record<string, Cell> = {};
    for await (const [field, cell] of this.cells()) fields[field] = cell;
    const row = await this.#row(await this.#bare());
    return { table: this.#table, role: this.#role.name, row, fields, ...(await this.#tableCell()) };
  }

  /** Yields the cell of each field. */
  async *cells(): AsyncGenerator<[field: string, cell: Cell]> {
    await this.#layOut();
    const bare = await this.#bare();
    for (const field of ['id', ...this.#fields.keys(), UNDECLARED]) yield [field, await this.#cell(field, bare)];
  }

  async #tableCell(): Promise<TableCell> {
    return { duplicate: await this.#duplicate(), leaves: await this.#leaves() };
  }

  async #row(bare: Row | undefined): Promise<RowCell> {
    return { create: bare === undefined ? 'no' : 'yes', update: await this.#update(), delete: await this.#delete() };
  }

  /** Creates a row with only the required fields. */
  #bare(): Promise<Row | undefined> {
    return this.#make(this.#fixture(this.#table).create);
  }

  async #cell(field: string, bare: Row | undefined): Promise<Cell> {
    if (field === 'id') {
      return { read: await this.#read('id'), bare: 'value', create: 'no', update: 'no', clear: 'no', wrong: [] };
    }
    if (field === UNDECLARED) return { read: 'no', bare: 'none', ...(await this.#write(UNDECLARED)) };
    const made = bare?.[field] === undefined ? 'none' : 'value';
    return { read: await this.#read(field), bare: made, ...(await this.#write(field)) };
  }

  #fixture(table: string): TableFixture {
    const fixture = this.#fixtures[table];
    if (fixture === undefined) throw new Error(`The table ${table} has no row in tests/permissions/app-rows.ts.`);
    return fixture;
  }

  #sample(field: string): FieldFixture {
    if (field === UNDECLARED) return { value: undefined, forged: 'made up' };
    const sample = this.#fixture(this.#table).fields[field];
    if (sample === undefined) throw new Error(`${this.#table}.${field} has no value in tests/permissions/app-rows.ts.`);
    return sample;
  }

  /** Restores the rows of the target, in whatever state they are. */
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

  /** Reads the field by every path. A value that the plain path does not return has leaked. */
  async #read(field: string): Promise<Cell['read']> {
    const value = await this.#stored(field);
    const seen: string[] = [];
    const paths = Object.entries(readPaths(this.#table, field, this.#tables));
    const texts = paths.map(([, text]) => text);
    const found = await this.#role.run(texts, { id: this.#id, value });
    for (const [index, [name]] of paths.entries()) {
      if (reveals(found[index], this.#id, field, value)) seen.push(name);
    }
    if (seen.includes('id')) return 'yes';
    return seen.length === 0 ? 'no' : `LEAK ${seen.join(', ')}`;
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

  /** Creates a row for the role itself, with one more field. */
  async #createWith(field: string, value: unknown): Promise<Attempt> {
    const outcomes: Attempt[] = [];
    for (const statement of CREATES) {
      const row = await this.#make({ ...this.#fixture(this.#table).create, [field]: value }, statement);
      outcomes.push(row === undefined ? 'no' : equals(row[field], value) ? 'set' : 'ignored');
    }
    return mostOf(outcomes);
  }

  /** Returns the row that an attempt created, if any, and deletes it. */
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
    for (const statement of DELETES) {
      await this.#put(this.#table);
      await this.#role.run([statement(t)], { id: this.#id });
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

/** Of several ways to do the same, returns the one that achieves the most. */
const mostOf = (outcomes: readonly Attempt[]): Attempt =>
  outcomes.includes('set') ? 'set' : outcomes.includes('ignored') ? 'ignored' : 'no';

const isEmpty = (answer: unknown): boolean => Array.isArray(answer) && answer.length === 0;

const show = (value: unknown): string => (typeof value === 'string' ? `text of ${value.length}` : String(value));
