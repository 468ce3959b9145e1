/*
 * One simulated person with two browsers of two tabs each. Actions run one at a time, so that the versions of the
 * person's rows are known. Many persons act side by side.
 */
import { RecordId } from 'surrealdb';
import type { WireWrite } from '../../wire/plan.ts';
import type { Random } from '../random.ts';
import type { SoakBrowser } from './browser.ts';
import { TOTAL } from './checks.ts';
import { SoakFault } from './fault.ts';
import { largePlans, passingPlans } from './plans.ts';
import type { SoakTab } from './soak-tab.ts';
import { announce, type World } from './world.ts';

/** The weight of each action. */
const WEIGHTS = {
  createNote: 10,
  updateNote: 14,
  deleteNote: 7,
  createCard: 8,
  rankCard: 6,
  moveCard: 9,
  deleteCard: 5,
  toggleBoard: 3,
  touchBoard: 3,
  createMessage: 7,
  updateMessage: 4,
  deleteMessage: 3,
  transfer: 7,
  trespass: 3,
  watchMore: 6,
  reload: 3,
  readSlowly: 1,
  signOut: 1,
} as const;

export type Action = keyof typeof WEIGHTS;

const ROWS_MAX = 12;
const PURSES = 4;
const BOARDS = ['private', 'public', 'toggle'] as const;
const SLOW_MS = 2_500;
/** The users whose boards others watch. */
export const FAVOURITES = 5;

export interface SoakUserOptions {
  readonly name: string;
  readonly browsers: readonly SoakBrowser[];
  readonly random: Random;
  readonly world: World;
  /** A user whose rows this one must not change. */
  readonly stranger: string;
}

export class SoakUser {
  readonly name: string;
  readonly browsers: readonly SoakBrowser[];
  readonly actions = Object.fromEntries(Object.keys(WEIGHTS).map((name) => [name, 0])) as Record<Action, number>;
  readonly #options: SoakUserOptions;
  readonly #versions = new Map<string, number>();
  readonly #notes = new Set<string>();
  readonly #cards = new Set<string>();
  readonly #messages = new Set<string>();
  #isOpenBoard = true;
  #lastKey = 0;

  constructor(options: SoakUserOptions) {
    this.name = options.name;
    this.browsers = options.browsers;
    this.#options = options;
  }

  /** Creates what the person has from the beginning. Everything before is created by the owner of the database. */
  async settleIn(): Promise<void> {
    const owner = new RecordId('person', this.name);
    const purses = Array.from({ length: PURSES }, (_, index) => ({
      id: new RecordId('note', this.#purse(index)),
      owner,
      amount: TOTAL / PURSES,
      version: 1,
    }));
    const boards = BOARDS.map((kind) => ({
      id: new RecordId('board', `${this.name}_${kind}`),
      owner,
      is_public: kind !== 'private',
      version: 1,
    }));
    const parcels = Array.from({ length: 10 }, (_, index) => ({
      id: new RecordId('parcel', `${this.name}_${index}`),
      owner,
      version: 1,
    }));
    await this.#options.world.owner.queryAll(
      'BEGIN; INSERT INTO note $purses; INSERT INTO board $boards; INSERT INTO parcel $parcels; COMMIT',
      { purses, boards, parcels },
    );
    for (const { id } of [...purses, ...boards]) this.#versions.set(String(id), 1);
  }

  /** Runs one action, chosen by weight. */
  async act(): Promise<void> {
    const { random } = this.#options;
    const total = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
    let left = random.below(total);
    for (const [name, weight] of Object.entries(WEIGHTS) as [Action, number][]) {
      left -= weight;
      if (left >= 0) continue;
      const action = this.#possible(name);
      await this[action]();
      this.actions[action] += 1;
      return;
    }
  }

  /** Instead of an action that has nothing to act on, or would make too many rows. */
  #possible(action: Action): Action {
    const kinds = [
      ['Note', this.#notes, 'updateNote'],
      ['Card', this.#cards, 'rankCard'],
      ['Message', this.#messages, 'updateMessage'],
    ] as const;
    for (const [kind, keys] of kinds) {
      if (!action.endsWith(kind)) continue;
      if (keys.size === 0) return `create${kind}`;
      if (action.startsWith('create') && keys.size >= ROWS_MAX) return `delete${kind}`;
    }
    return action;
  }

  protected createNote = (): Promise<void> => this.#create('note', this.#newKey('n'), this.#notes, { owner: this.#me });
  protected updateNote = (): Promise<void> => this.#update(this.#pick(this.#notes), {});
  protected deleteNote = (): Promise<void> => this.#delete(this.#notes);

  protected createCard = (): Promise<void> =>
    this.#create('card', this.#newKey('c'), this.#cards, {
      owner: this.#me,
      board: this.#anyBoard(),
      rank: this.#rank(),
    });
  protected rankCard = (): Promise<void> => this.#update(this.#pick(this.#cards), { rank: this.#rank() });
  protected moveCard = (): Promise<void> =>
    this.#update(this.#pick(this.#cards), { board: this.#anyBoard(), rank: this.#rank() });
  protected deleteCard = (): Promise<void> => this.#delete(this.#cards);

  protected createMessage = (): Promise<void> => {
    const sent = this.#options.world.nextPlace();
    return this.#create('message', `${this.name}_${sent}`, this.#messages, { author: this.#me, sent });
  };
  protected updateMessage = (): Promise<void> => this.#update(this.#pick(this.#messages), {});
  protected deleteMessage = (): Promise<void> => this.#delete(this.#messages);

  protected touchBoard = (): Promise<void> =>
    this.#update(`board:${this.name}_${this.#options.random.pick(BOARDS)}`, {});

  /** Others see the board and its cards appear or disappear. */
  protected toggleBoard = (): Promise<void> => {
    this.#isOpenBoard = !this.#isOpenBoard;
    return this.#update(`board:${this.name}_toggle`, { is_public: this.#isOpenBoard });
  };

  /** Moves an amount between notes and changes all other notes, in one transaction of a service. */
  protected async transfer(): Promise<void> {
    const { random, world } = this.#options;
    const from = random.below(PURSES);
    const keys = [this.#purse(from), this.#purse((from + 1 + random.below(PURSES - 1)) % PURSES)];
    const [source, target] = keys.map((key) => new RecordId('note', key));
    const others = [...this.#notes].map((key) => new RecordId('note', key.slice('note:'.length)));
    await world.owner.queryAll(
      `BEGIN;
       UPDATE $source SET amount -= $amount, version += 1 RETURN NONE;
       UPDATE $others SET version += 1 RETURN NONE;
       UPDATE $target SET amount += $amount, version += 1 RETURN NONE;
       COMMIT`,
      { source, target, others, amount: 1 + random.below(9) },
    );
    for (const key of [...keys.map((name) => `note:${name}`), ...this.#notes]) this.#written(key, this.#raise(key));
  }

  /** Tries to change rows of somebody else. */
  protected async trespass(): Promise<void> {
    const { random, stranger } = this.#options;
    const key = random.pick([`note:${stranger}_purse0`, `board:${stranger}_private`, `board:${stranger}_public`]);
    const answer = await this.#anyTab()?.write(
      { kind: random.pick(['update', 'delete']), id: idOf(key), fields: { version: 1_000_000 } } as WireWrite,
      { key: '', version: 'gone' },
    );
    if (answer?.type === 'written') throw this.#fault(`${this.name} could change ${key}`);
  }

  /** Begins to watch another plan, or stops. */
  protected async watchMore(): Promise<void> {
    const { random, stranger } = this.#options;
    const plan = random.pick(passingPlans({ $r: ['person', stranger] }));
    const tab = this.#anyTab();
    if (tab?.watches(plan.name) === true) tab.unsubscribe(plan.name);
    else tab?.subscribe(plan);
  }

  protected async reload(): Promise<void> {
    const tab = this.#anyTab();
    if (tab === undefined) return;
    await tab.disconnect();
    await this.connect(tab);
  }

  /** Asks for more than the sockets hold and reads nothing for a while. */
  protected async readSlowly(): Promise<void> {
    const tab = this.#anyTab();
    if (tab === undefined) return;
    tab.pause();
    for (const plan of largePlans()) tab.subscribe(plan);
    await this.#options.world.pause(SLOW_MS);
    tab.resume();
    await tab.answered();
    for (const { name } of largePlans()) tab.unsubscribe(name);
  }

  /** Signs a browser out, at which its tabs end wherever they are connected, and signs it in again. */
  protected async signOut(): Promise<void> {
    const browser = this.#options.random.pick(this.browsers);
    const ended = Promise.all(browser.tabs.map((tab) => tab.signedOut()));
    await browser.signOut(this.#anyGateway());
    await ended;
    await browser.enter('sign-in', this.#anyGateway());
    for (const tab of browser.tabs) await this.connect(tab);
  }

  /** Connects a tab to any gateway. */
  async connect(tab: SoakTab): Promise<void> {
    const browser = this.browsers.find(({ tabs }) => tabs.includes(tab));
    await tab.connect(this.#anyGateway().replace('http', 'ws'), browser?.headers ?? {});
  }

  async #create(table: string, key: string, keys: Set<string>, fields: Fields): Promise<void> {
    const id = `${table}:${key}`;
    this.#versions.set(id, 1);
    await this.#write({ kind: 'create', id: idOf(id), fields: { ...fields, version: 1 } }, id, 1);
    keys.add(id);
  }

  async #update(key: string, fields: Fields): Promise<void> {
    const version = this.#raise(key);
    await this.#write({ kind: 'update', id: idOf(key), fields: { ...fields, version } }, key, version);
  }

  async #delete(keys: Set<string>): Promise<void> {
    const key = this.#pick(keys);
    keys.delete(key);
    this.#options.world.gone.add(key);
    await this.#write({ kind: 'delete', id: idOf(key) }, key, 'gone');
    this.#versions.delete(key);
  }

  async #write(write: WireWrite, key: string, version: number | 'gone'): Promise<void> {
    const answer = await this.#anyTab()?.write(write, { key, version });
    if (answer?.type === 'written') this.#written(key, version);
    else throw this.#fault(`${this.name}: the ${write.kind} of ${key} was not made`, { answer });
  }

  /** Tells every tab that may see the row. */
  #written(key: string, version: number | 'gone'): void {
    const { world } = this.#options;
    announce(key.startsWith('message:') ? world.tabs : world.tabsOf(this.name), key, version);
    if (!key.startsWith('board:')) return;
    const isHidden = key.endsWith('_private') || (key.endsWith('_toggle') && !this.#isOpenBoard);
    const others = world.tabs.filter(({ user, favourite }) => favourite === key && user !== this.name);
    announce(others, key, isHidden ? 'gone' : version);
  }

  #raise(key: string): number {
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    return version;
  }

  #fault(message: string, details: object = {}): SoakFault {
    return new SoakFault(message, { ...details });
  }

  get #me() {
    return { $r: ['person', this.name] } as const;
  }

  #anyTab(): SoakTab | undefined {
    return this.#options.random.pick(this.browsers.flatMap(({ tabs }) => tabs));
  }

  #anyGateway(): string {
    return this.#options.random.pick(this.#options.world.gateways);
  }

  #anyBoard() {
    return { $r: ['board', `${this.name}_${this.#options.random.pick(BOARDS)}`] } as const;
  }

  #rank(): number {
    return this.#options.random.below(1_000);
  }

  #purse(index: number): string {
    return `${this.name}_purse${index}`;
  }

  #newKey(kind: string): string {
    this.#lastKey += 1;
    return `${this.name}_${kind}${this.#lastKey}`;
  }

  #pick(keys: ReadonlySet<string>): string {
    return this.#options.random.pick([...keys]);
  }
}

type Fields = Extract<WireWrite, { kind: 'create' }>['fields'];

function idOf(key: string): { readonly $r: readonly [string, string] } {
  const at = key.indexOf(':');
  return { $r: [key.slice(0, at), key.slice(at + 1)] };
}
