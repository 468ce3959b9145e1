/* What services write: bulk statements with one inbox entry, large rows, and rows that only the engine lets users see. */
import type { Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { CHANGE_TABLE, QUIET_VARIABLE } from '../../install/names.ts';
import type { Random } from '../random.ts';
import { POSTERS } from './plans.ts';
import { announce, type World } from './world.ts';

/** A large row has this many characters: with POSTERS of them, several views exceed what sockets buffer. */
const POSTER_LENGTH = 4_000;
const RIDDLES = 5;

const FURNISH = `
  FOR $place IN 0..${POSTERS} {
    CREATE type::record('poster', $place) SET place = $place, text = string::repeat('x', ${POSTER_LENGTH}), version = 1 RETURN NONE
  };
  FOR $place IN 0..${RIDDLES} { CREATE type::record('riddle', $place) SET version = 1 RETURN NONE };`;

/** One statement for every parcel of every user, and one entry for all of them. */
const BULK = `BEGIN;
  LET $${QUIET_VARIABLE} = true;
  LET $ids = (UPDATE parcel SET version += 1 RETURN VALUE id);
  CREATE ${CHANGE_TABLE}:ulid() SET r = $ids RETURN NONE;
  COMMIT;`;

export class Operator {
  readonly #owner: Link;
  readonly #world: World;
  readonly #random: Random;
  #parcelVersion = 1;
  bulkStatements = 0;

  constructor(world: World, random: Random) {
    this.#owner = world.owner;
    this.#world = world;
    this.#random = random;
  }

  async furnish(): Promise<void> {
    await this.#owner.queryAll(FURNISH);
  }

  async act(): Promise<void> {
    const kind = this.#random.below(6);
    if (kind === 0) return this.#bulk();
    const [table, count] = kind === 1 ? (['riddle', RIDDLES] as const) : (['poster', POSTERS] as const);
    const id = new RecordId(table, this.#random.below(count));
    await this.#owner.query('UPDATE $id SET version += 1 RETURN NONE', { id });
  }

  async #bulk(): Promise<void> {
    await this.#owner.queryAll(BULK);
    this.#parcelVersion += 1;
    this.bulkStatements += 1;
    for (const tab of this.#world.tabs) announce([tab], `parcel:${tab.user}_0`, this.#parcelVersion);
  }
}
