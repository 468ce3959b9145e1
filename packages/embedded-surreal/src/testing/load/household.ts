/**
 * One simulated person with several connections: one listens to a live query, the others read, write, sign in again,
 * disconnect and reconnect. Actions run one at a time, so the expected notifications, their order, and the expected
 * result of each read are known. Many of these run side by side and must never receive each other's data.
 */
import { RecordId, type Surreal, Table } from 'surrealdb';
import { connectGuest, connectPerson, signIn, signUp } from './people.ts';

export type Deed = 'create' | 'update' | 'delete' | 'read' | 'trespass' | 'signIn' | 'reconnect' | 'listenAgain';

/** The weight of each action, in percent. */
const habits: readonly (readonly [Deed, number])[] = [
  ['create', 24],
  ['update', 32],
  ['delete', 14],
  ['read', 18],
  ['trespass', 4],
  ['signIn', 3],
  ['reconnect', 3],
  ['listenAgain', 2],
];

const MOST_NOTES = 12;
/**
 * How long an expected notification may take before it counts as lost, in milliseconds. Far beyond the delays of a busy
 * machine.
 */
const PATIENCE_MS = 60_000;

export interface HouseholdOptions {
  readonly url: string;
  readonly name: string;
  /** The number of connections besides the listener's. */
  readonly others: number;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
}

export class Household {
  readonly #options: HouseholdOptions;
  readonly #others: Surreal[] = [];
  #listener: Surreal | undefined;
  readonly #notes = new Map<string, number>();
  readonly #expected: string[] = [];
  #heard = 0;
  #sequence = 0;
  #onHeard = (): void => {};
  /** What went wrong, as text. Must stay empty. */
  readonly problems: string[] = [];
  readonly done: Record<Deed, number> = {
    create: 0,
    update: 0,
    delete: 0,
    read: 0,
    trespass: 0,
    signIn: 0,
    reconnect: 0,
    listenAgain: 0,
  };

  constructor(options: HouseholdOptions) {
    this.#options = options;
  }

  get heard(): number {
    return this.#heard;
  }

  async moveIn(): Promise<void> {
    const { url, name, others } = this.#options;
    const first = await connectGuest(url);
    this.#others.push(first);
    await signUp(first, name);
    while (this.#others.length < others) this.#others.push(await connectPerson(url, name));
    await this.#listen();
  }

  /**
   * Runs one action, chosen by weight. `neighbours` are notes of other people, which this one must not be able to read.
   */
  async act(neighbours: readonly RecordId[]): Promise<void> {
    const deed = this.#choose();
    await this.#do(deed, neighbours);
    this.done[deed] += 1;
  }

  /** One of this person's notes, if there is one. */
  someNote(): RecordId | undefined {
    const [id] = this.#notes.keys();
    return id === undefined ? undefined : new RecordId('note', id);
  }

  /** Waits until every expected notification has arrived. */
  async settle(): Promise<void> {
    while (this.#heard < this.#expected.length && this.problems.length === 0) {
      const before = this.#heard;
      await this.#hearOrGiveUp();
      if (this.#heard === before) {
        this.problems.push(`${this.#options.name} never heard ${this.#expected[before]}`);
      }
    }
  }

  async moveOut(): Promise<void> {
    await Promise.all([...this.#others, this.#listener].map((client) => client?.close()));
  }

  async #listen(): Promise<void> {
    const { url, name } = this.#options;
    const client = await connectPerson(url, name);
    this.#listener = client;
    const subscription = await client.live(new Table('note'));
    subscription.subscribe(({ action, recordId, value }) => {
      // With this message the SDK reports the end of the subscription.
      if (action !== 'KILLED') this.#hear(`${action} ${recordId.id} ${value.owner} ${value.sequence}`);
    });
  }

  #hear(what: string): void {
    const due = this.#expected[this.#heard];
    if (what !== due) this.problems.push(`${this.#options.name} heard "${what}" instead of "${due}"`);
    this.#heard += 1;
    this.#onHeard();
  }

  async #hearOrGiveUp(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeard = resolve;
    const timer = setTimeout(resolve, PATIENCE_MS);
    await promise;
    clearTimeout(timer);
  }

  #choose(): Deed {
    if (this.#notes.size >= MOST_NOTES) return 'delete';
    let left = this.#options.random() * 100;
    for (const [deed, parts] of habits) {
      left -= parts;
      if (left < 0) return this.#notes.size === 0 && (deed === 'update' || deed === 'delete') ? 'create' : deed;
    }
    return 'read';
  }

  async #do(deed: Deed, neighbours: readonly RecordId[]): Promise<void> {
    const { url, name } = this.#options;
    const place = Math.floor(this.#options.random() * this.#others.length);
    const client = this.#others[place];
    if (client === undefined) throw new Error('a household without connections');
    switch (deed) {
      case 'create':
        return this.#write(client, 'CREATE', `${name}-${this.#sequence}`);
      case 'update':
        return this.#write(client, 'UPDATE', this.#pickNote());
      case 'delete':
        return this.#delete(client, this.#pickNote());
      case 'read':
        return this.#read(client);
      case 'trespass':
        return this.#trespass(client, neighbours);
      case 'signIn':
        await client.invalidate();
        return signIn(client, name);
      case 'reconnect':
        await client.close();
        this.#others[place] = await connectPerson(url, name);
        return;
      case 'listenAgain':
        // A new listener does not receive earlier notifications, so none may be pending.
        await this.settle();
        await this.#listener?.close();
        return this.#listen();
    }
  }

  async #write(client: Surreal, action: 'CREATE' | 'UPDATE', id: string): Promise<void> {
    const { name } = this.#options;
    const sequence = this.#sequence;
    this.#sequence += 1;
    // Expect it before the write: the notification may arrive before the writer's answer.
    this.#expected.push(`${action} ${id} ${name} ${sequence}`);
    this.#notes.set(id, sequence);
    const record = new RecordId('note', id);
    const content = { owner: name, sequence };
    if (action === 'CREATE') await client.create(record).content(content);
    else await client.update(record).content(content);
  }

  async #delete(client: Surreal, id: string): Promise<void> {
    this.#expected.push(`DELETE ${id} ${this.#options.name} ${this.#notes.get(id)}`);
    this.#notes.delete(id);
    await client.delete(new RecordId('note', id));
  }

  #pickNote(): string {
    const ids = [...this.#notes.keys()];
    return ids[Math.floor(this.#options.random() * ids.length)] ?? '';
  }

  async #read(client: Surreal): Promise<void> {
    const found = await client.select<{ id: RecordId; sequence: number }>(new Table('note'));
    const sorted = (entries: Iterable<[string, number]>): string => JSON.stringify([...entries].sort());
    const seen = sorted(found.map(({ id, sequence }) => [String(id.id), sequence]));
    if (seen !== sorted(this.#notes)) this.problems.push(`${this.#options.name} read ${seen}`);
  }

  async #trespass(client: Surreal, neighbours: readonly RecordId[]): Promise<void> {
    for (const record of neighbours) {
      const found = await client.select(record);
      const changed = await client.update(record).merge({ owner: this.#options.name });
      if (found !== undefined || changed !== undefined)
        this.problems.push(`${this.#options.name} got at ${record.toString()}`);
    }
  }
}
