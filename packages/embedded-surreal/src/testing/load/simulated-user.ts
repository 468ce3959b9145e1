/**
 * One simulated person with several connections: one listens to a live query, the others read, write, sign in again,
 * disconnect and reconnect. Actions run one at a time, so the expected notifications, their order, and the expected
 * result of each read are known. Many of these run side by side and must never receive each other's data.
 */
import { RecordId, type Surreal, Table } from 'surrealdb';
import { connectGuest, connectUser, signIn, signUp } from './clients.ts';

export type Action =
  | 'create'
  | 'update'
  | 'delete'
  | 'read'
  | 'readForeignNotes'
  | 'signIn'
  | 'reconnect'
  | 'listenAgain';

/** The weight of each action, in percent. */
const actionWeights: readonly (readonly [Action, number])[] = [
  ['create', 24],
  ['update', 32],
  ['delete', 14],
  ['read', 18],
  ['readForeignNotes', 4],
  ['signIn', 3],
  ['reconnect', 3],
  ['listenAgain', 2],
];

const MAX_NOTES = 12;
/**
 * How long an expected notification may take before it counts as lost, in milliseconds. Far beyond the delays of a busy
 * machine.
 */
const NOTIFICATION_TIMEOUT_MS = 60_000;

export interface SimulatedUserOptions {
  readonly url: string;
  readonly name: string;
  /** The number of connections besides the listener's. */
  readonly others: number;
  /** Returns a number from 0 up to 1. */
  readonly random: () => number;
}

export class SimulatedUser {
  readonly #options: SimulatedUserOptions;
  readonly #others: Surreal[] = [];
  #listener: Surreal | undefined;
  readonly #notes = new Map<string, number>();
  readonly #expected: string[] = [];
  #received = 0;
  #sequence = 0;
  #onReceived = (): void => {};
  /** What went wrong, as text. Must stay empty. */
  readonly problems: string[] = [];
  readonly actions: Record<Action, number> = {
    create: 0,
    update: 0,
    delete: 0,
    read: 0,
    readForeignNotes: 0,
    signIn: 0,
    reconnect: 0,
    listenAgain: 0,
  };

  constructor(options: SimulatedUserOptions) {
    this.#options = options;
  }

  get received(): number {
    return this.#received;
  }

  async connect(): Promise<void> {
    const { url, name, others } = this.#options;
    const first = await connectGuest(url);
    this.#others.push(first);
    await signUp(first, name);
    while (this.#others.length < others) this.#others.push(await connectUser(url, name));
    await this.#listen();
  }

  /**
   * Runs one action, chosen by weight. `foreignNotes` are notes of other users, which this one must not be able to access.
   */
  async act(foreignNotes: readonly RecordId[]): Promise<void> {
    const action = this.#choose();
    await this.#do(action, foreignNotes);
    this.actions[action] += 1;
  }

  /** One of this user's notes, if there is one. */
  someNote(): RecordId | undefined {
    const [id] = this.#notes.keys();
    return id === undefined ? undefined : new RecordId('note', id);
  }

  /** Waits until every expected notification has arrived. */
  async waitForNotifications(): Promise<void> {
    while (this.#received < this.#expected.length && this.problems.length === 0) {
      const before = this.#received;
      await this.#waitForNext();
      if (this.#received === before) {
        this.problems.push(`${this.#options.name} never received ${this.#expected[before]}`);
      }
    }
  }

  async disconnect(): Promise<void> {
    await Promise.all([...this.#others, this.#listener].map((client) => client?.close()));
  }

  async #listen(): Promise<void> {
    const { url, name } = this.#options;
    const client = await connectUser(url, name);
    this.#listener = client;
    const subscription = await client.live(new Table('note'));
    subscription.subscribe(({ action, recordId, value }) => {
      // With this message the SDK reports the end of the subscription.
      if (action !== 'KILLED') this.#receive(`${action} ${recordId.id} ${value.owner} ${value.sequence}`);
    });
  }

  #receive(what: string): void {
    const expected = this.#expected[this.#received];
    if (what !== expected) this.problems.push(`${this.#options.name} received "${what}" instead of "${expected}"`);
    this.#received += 1;
    this.#onReceived();
  }

  async #waitForNext(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onReceived = resolve;
    const timer = setTimeout(resolve, NOTIFICATION_TIMEOUT_MS);
    await promise;
    clearTimeout(timer);
  }

  #choose(): Action {
    if (this.#notes.size >= MAX_NOTES) return 'delete';
    let left = this.#options.random() * 100;
    for (const [action, parts] of actionWeights) {
      left -= parts;
      if (left < 0) return this.#notes.size === 0 && (action === 'update' || action === 'delete') ? 'create' : action;
    }
    return 'read';
  }

  async #do(action: Action, foreignNotes: readonly RecordId[]): Promise<void> {
    const { url, name } = this.#options;
    const place = Math.floor(this.#options.random() * this.#others.length);
    const client = this.#others[place];
    if (client === undefined) throw new Error('a simulated user without connections');
    switch (action) {
      case 'create':
        return this.#write(client, 'CREATE', `${name}-${this.#sequence}`);
      case 'update':
        return this.#write(client, 'UPDATE', this.#pickNote());
      case 'delete':
        return this.#delete(client, this.#pickNote());
      case 'read':
        return this.#read(client);
      case 'readForeignNotes':
        return this.#readForeignNotes(client, foreignNotes);
      case 'signIn':
        await client.invalidate();
        return signIn(client, name);
      case 'reconnect':
        await client.close();
        this.#others[place] = await connectUser(url, name);
        return;
      case 'listenAgain':
        // A new listener does not receive earlier notifications, so none may be pending.
        await this.waitForNotifications();
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

  async #readForeignNotes(client: Surreal, foreignNotes: readonly RecordId[]): Promise<void> {
    for (const record of foreignNotes) {
      const found = await client.select(record);
      const changed = await client.update(record).merge({ owner: this.#options.name });
      if (found !== undefined || changed !== undefined)
        this.problems.push(`${this.#options.name} could access ${record.toString()}`);
    }
  }
}
