import { DateTime, Decimal, RecordId } from 'surrealdb';
import type { Random } from '../../../gateway/src/testing/random.ts';
import { TABLES, type TableName } from '../../../gateway/src/testing/random-application.ts';
import type { LocalWrite } from '../optimistic/pending-records.ts';

/*
 * Random writes for the tables of the gateway's random application. They link only to records that exist, so no record
 * is made that an older row already points to.
 */

/** The records that exist. */
export class RandomRecords {
  readonly #random: Random;
  readonly #ids = new Map<TableName, RecordId[]>(TABLES.map((table) => [table, []]));
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A few records of each table, to begin with. */
  first(): LocalWrite[] {
    return Array.from({ length: 20 }, (_, at) => this.#create(TABLES[at % TABLES.length] ?? 'person'));
  }

  #create(table: TableName): LocalWrite {
    // Ids sort differently from their order in time.
    this.#made += 1;
    const id = new RecordId(table, `${this.#random.pick(['a', 'b', 'c'])}${this.#made}`);
    const fields = new Map(Object.entries(FIELDS[table]).map(([name, make]) => [name, make(this.#random, this)]));
    this.#ids.get(table)?.push(id);
    return { kind: 'create', id, key: String(id), fields };
  }

  write(): LocalWrite {
    const random = this.#random;
    const table = random.pick(TABLES);
    const ids = this.#ids.get(table) ?? [];
    if (ids.length < 3 || random.chance(0.3)) return this.#create(table);
    const id = random.pick(ids);
    if (random.chance(0.2)) {
      ids.splice(ids.indexOf(id), 1);
      return { kind: 'delete', id, key: String(id), fields: new Map() };
    }
    const chosen = Object.entries(FIELDS[table]).filter(() => random.chance(0.4));
    const [first] = Object.entries(FIELDS[table]);
    const set = chosen.length === 0 && first !== undefined ? [first] : chosen;
    return {
      kind: 'update',
      id,
      key: String(id),
      fields: new Map(set.map(([name, make]) => [name, make(random, this)])),
    };
  }

  /** An existing record. */
  one(table: TableName): RecordId {
    const ids = this.#ids.get(table) ?? [];
    return ids.length === 0 ? new RecordId(table, 'none') : this.#random.pick(ids);
  }
}

type Make = (random: Random, records: RandomRecords) => unknown;

const text: Make = (random) => random.pick(['a', 'ab', 'b', 'Ä', '', '\u{1F600}', '\uFFEE']);
const number: Make = (random) => random.pick([0, 1, 2, 1.5, -1, new Decimal('2.5'), 9_007_199_254_740_993n]);
const flag: Make = (random) => random.chance(0.5);
const optional =
  (make: Make): Make =>
  (random, records) =>
    random.chance(0.3) ? undefined : make(random, records);
const record =
  (table: TableName): Make =>
  (_, records) =>
    records.one(table);

const FIELDS: Readonly<Record<TableName, Readonly<Record<string, Make>>>> = {
  person: { name: text, team: optional(record('team')), level: optional((random) => random.below(4)) },
  team: { title: text, lead: optional(record('person')), open: optional(flag) },
  doc: {
    owner: record('person'),
    team: optional(record('team')),
    title: text,
    n: optional((random) => random.below(4)),
    tags: (random, records) => random.list(2, () => text(random, records)),
    public: flag,
    at: (random) => new DateTime(`2026-01-01T00:00:0${random.below(3)}${random.pick(['', '.5', '.000000001'])}Z`),
    extra: (random, records) =>
      random.pick([
        1,
        2.5,
        'a',
        true,
        ['a', 'b'],
        { a: 1 },
        [],
        null,
        undefined,
        records.one('team'),
        new Decimal('3'),
      ]),
    meta: (random, records) => (random.chance(0.3) ? {} : { city: text(random, records) }),
  },
  item: { doc: record('doc'), owner: optional(record('person')), rank: optional(number), label: text },
};
