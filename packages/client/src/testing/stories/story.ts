import { vi } from 'vitest';
import type { Random } from '../../../../gateway/src/testing/random.ts';
import { createClientIn } from '../../client.ts';
import { Endpoint } from '../../connection/endpoint.ts';
import { type LiveState, RecordId, type Write } from '../../index.ts';
import { openStorage } from '../../storage/open-storage.ts';
import { type TestBrowser, testBrowser } from '../browser.ts';
import { type CuttingProxy, startCuttingProxy } from '../cutting-proxy.ts';
import { newName, type OptimisticClient, PASSWORD } from '../people.ts';
import { schema } from '../schema.ts';
import type { TestStack } from '../stack.ts';
import { crashable } from './crashable.ts';
import { type Row, ThreadModel } from './thread-model.ts';
import { until } from './until.ts';

/** One tab of the browser, and what it shows. */
interface Tab {
  readonly name: string;
  readonly db: OptimisticClient;
  /** Ends the tab without a chance to do anything. */
  crash(): void;
  /** The person whose threads it shows. */
  person: Person | undefined;
  /** The rows of the last state; undefined while there is no data. */
  shown: readonly Row[] | undefined;
  unwatch(): void;
}

/** One of the two who share the browser. */
interface Person {
  readonly username: string;
  readonly model: ThreadModel;
  /** Undefined before the first sign-in. */
  id: RecordId<'user'> | undefined;
}

/**
 * A random story of a browser with two tabs and two people who use it in turn: writes, refusals, reloads, crashes, lost
 * connections, a gateway that restarts, writes of others, sign-outs, and a clock that steps. What every tab shows is
 * checked at every state; what the database has, at the end.
 */
export class Story {
  readonly log: string[] = [];
  readonly #stack: TestStack;
  readonly #random: Random;
  readonly #people: readonly [Person, Person] = [newPerson(), newPerson()];
  /** The one who is signed in, or was last. */
  #person = this.#people[0];
  readonly #faults: string[] = [];
  readonly #tabs: Tab[] = [];
  #browser!: TestBrowser;
  #proxy!: CuttingProxy;
  /** The direct writes, each until its outcome is known. */
  readonly #direct: Promise<void>[] = [];
  #isSignedIn = false;
  #lastTab = 0;
  #lastValue = 0;

  constructor(stack: TestStack, random: Random) {
    this.#stack = stack;
    this.#random = random;
  }

  async run(steps: number): Promise<void> {
    this.#proxy = await startCuttingProxy(() => this.#stack.url);
    this.#browser = testBrowser(this.#proxy.url);
    try {
      await this.#open();
      const [first] = this.#tabs;
      if (first === undefined) throw new Error('There is no tab.');
      await this.#signIn(first, this.#person);
      await this.#open();
      for (let step = 0; step < steps && this.#faults.length === 0; step += 1) await this.#step();
      await this.#finish();
    } finally {
      vi.useRealTimers();
      for (const { db } of this.#tabs) db.close();
      await this.#proxy.close();
    }
    if (this.#faults.length > 0) throw new Error(`${this.#faults.join('\n')}\n\n${this.log.join('\n')}`);
  }

  async #step(): Promise<void> {
    const { pick, chance } = this.#random;
    const tab = pick(this.#tabs);
    const thread = this.#model.any(this.#random);
    const act = pick(this.#isSignedIn ? ACTS : (['signIn', 'network', 'wait', 'clock'] as const));
    switch (act) {
      case 'create':
        return await this.#create(tab, this.#value());
      case 'update':
        if (thread !== undefined) await this.#update(tab, thread, this.#value());
        return;
      case 'type': {
        const count = 2 + this.#random.below(4);
        for (let key = 0; key < count && thread !== undefined; key += 1) await this.#update(tab, thread, this.#value());
        return;
      }
      case 'delete':
        if (thread !== undefined && chance(0.5)) await this.#delete(tab, thread);
        return;
      case 'comment':
        if (thread !== undefined) await this.#comment(tab, thread);
        return;
      case 'direct':
        if (thread !== undefined) this.#commentDirectly(tab, thread);
        return;
      case 'run':
        if (thread !== undefined) await this.#runJob(tab, thread);
        return;
      case 'refused':
        return await this.#refused(tab);
      case 'other':
        if (thread !== undefined) await this.#other(thread);
        return;
      case 'reload':
      case 'crash':
        return await this.#reload(tab, act);
      case 'cut':
        this.#say('cut');
        return this.#proxy.cut();
      case 'cutAnswers':
        this.#say('cutAnswers');
        return this.#proxy.cutAnswers();
      case 'network':
        this.#proxy.isDown = chance(0.4);
        this.#say(`network ${this.#proxy.isDown ? 'down' : 'up'}`);
        return;
      case 'gateway':
        // In this test it has the clock of the page, and with a wrong one it does not start.
        this.#say('the clock is right, gateway restarts');
        setClock(0);
        await this.#stack.stopGateway();
        return await this.#stack.startGateway();
      case 'signOut':
        this.#say('signOut');
        this.#isSignedIn = false;
        return await tab.db.auth.signOut();
      case 'signIn':
        return await this.#signIn(tab, chance(0.5) ? this.#person : pick(this.#people));
      case 'clock': {
        const hours = pick([0, 0, -30_000, -24, -1, 1, 24, 80_000]);
        this.#say(`the clock is ${hours} hours fast`);
        setClock(hours * 3_600_000);
        return;
      }
      case 'wait':
        return await new Promise((resolve) => setTimeout(resolve, this.#random.below(60)));
    }
  }

  get #model(): ThreadModel {
    return this.#person.model;
  }

  async #create(tab: Tab, title: string): Promise<void> {
    const id = new RecordId('thread', `t${crypto.randomUUID().replaceAll('-', '')}`);
    this.#say(`${tab.name} create ${id} ${title}`);
    this.#model.created(tab.name, id, title);
    await this.#keep(tab, String(id), title, tab.db.create('thread', { id, title: this.#typed(title), content: 'x' }));
    this.#check(tab);
  }

  async #update(tab: Tab, id: RecordId<'thread'>, title: string): Promise<void> {
    if (!tab.shown?.some((row) => row.id.equals(id))) return;
    this.#say(`${tab.name} update ${id} ${title}`);
    this.#model.titled(tab.name, id, title);
    await this.#keep(tab, String(id), title, tab.db.update(id, { title: this.#typed(title) }));
    this.#check(tab);
  }

  async #delete(tab: Tab, id: RecordId<'thread'>): Promise<void> {
    this.#say(`${tab.name} delete ${id}`);
    this.#model.deleted(id);
    await tab.db.delete(id);
    this.#check(tab);
  }

  async #comment(tab: Tab, id: RecordId<'thread'>): Promise<void> {
    const content = this.#value();
    this.#say(`${tab.name} comment ${id} ${content}`);
    await this.#keep(tab, String(id), content, tab.db.create('comment', { thread: id, content }));
    this.#model.commented(id, content);
  }

  /** Writes a comment that is not shown before it is made. The story goes on meanwhile. */
  #commentDirectly(tab: Tab, id: RecordId<'thread'>): void {
    const content = this.#value();
    const model = this.#model;
    this.#say(`${tab.name} comment directly ${id} ${content}`);
    model.commenting(id, content);
    const made = tab.db.create('comment', { thread: id, content }, { optimistic: false }).then(
      () => {
        this.#say(`${tab.name}: ${content} was made`);
        model.commented(id, content);
      },
      (error) => this.#say(`${tab.name}: ${content} was not made: ${error.code}`),
    );
    this.#direct.push(made);
  }

  async #runJob(tab: Tab, id: RecordId<'thread'>): Promise<void> {
    this.#say(`${tab.name} run ${id}`);
    const job = await tab.db.run('api', '/spookify', { id: String(id) }, { assignedTo: id });
    this.#model.ran(id, job);
  }

  /** The database refuses an empty title, and what refers to the thread. */
  async #refused(tab: Tab): Promise<void> {
    const id = new RecordId('thread', `r${crypto.randomUUID().replaceAll('-', '')}`);
    this.#say(`${tab.name} create ${id} with an empty title, and a comment on it`);
    await tab.db.create('thread', { id, title: ' ', content: 'x' });
    await tab.db.create('comment', { thread: id, content: this.#value() });
    this.#model.refused(id);
  }

  /** Another device of the same person changes a thread. */
  async #other(id: RecordId<'thread'>): Promise<void> {
    const { chance } = this.#random;
    const isDeleted = chance(0.2);
    this.#say(`other ${isDeleted ? 'deletes' : 'changes'} ${id}`);
    this.#model.contested(id);
    if (isDeleted) await this.#stack.query('DELETE $id', { id });
    else await this.#stack.query('UPDATE $id SET title = $title', { id, title: `other ${this.#value()}` });
  }

  async #reload(tab: Tab, how: 'reload' | 'crash'): Promise<void> {
    this.#say(`${tab.name} ${how}`);
    this.#tabs.splice(this.#tabs.indexOf(tab), 1);
    if (how === 'crash') tab.crash();
    else tab.db.close();
    await this.#open(tab.name);
  }

  async #signIn(tab: Tab, person: Person): Promise<void> {
    this.#say(`${tab.name} signIn ${person.username}`);
    this.#proxy.isDown = false;
    this.#person = person;
    const given = { username: person.username, password: PASSWORD };
    const { auth } = tab.db;
    if (person.id !== undefined) await until(() => auth.signIn('account', given));
    // The account may exist although the answer was lost.
    else person.id = (await until(() => enter(auth, given))) as RecordId<'user'>;
    for (const one of this.#tabs) this.#watch(one);
    this.#isSignedIn = true;
  }

  async #open(given?: string): Promise<void> {
    this.#lastTab += 1;
    const name = given ?? `tab${this.#lastTab}`;
    const environment = this.#browser.tab();
    const { storage, crash } = crashable(openStorage(environment.name));
    const db = createClientIn({ ...environment, storage }, new Endpoint(this.#proxy.url), {
      schema,
      url: this.#proxy.url,
    });
    const tab: Tab = {
      name,
      db,
      crash: () => {
        crash();
        db.close();
      },
      person: undefined,
      shown: undefined,
      unwatch: () => undefined,
    };
    for (const { model } of this.#people) model.opened(name);
    this.#tabs.push(tab);
    this.#watch(tab);
    db.auth.subscribe(() => this.#watch(tab));
  }

  /** Watches the threads of the person who is signed in. Everybody may read them, so the other one's are not watched. */
  #watch(tab: Tab): void {
    const { state } = tab.db.auth;
    if (state.kind !== 'signed-in') return;
    const person = this.#people.find(({ id }) => id?.equals(state.user));
    if (person === tab.person) return;
    tab.unwatch();
    tab.person = person;
    tab.shown = undefined;
    // This is a new account. The tab watches when its id is known.
    if (person === undefined) return;
    const author = state.user as RecordId<'user'>;
    const query = tab.db.query('thread').where({ author }).orderBy('title').related('comments').related('jobs').build();
    tab.unwatch = tab.db.watch(query, (next: LiveState<Row[]>) => {
      tab.shown = next.data;
      if (!this.#tabs.includes(tab)) return;
      this.#check(tab);
    });
  }

  /** Checks what a tab shows now. */
  #check(tab: Tab): void {
    if (tab.db.auth.state.kind === 'signed-out' && tab.shown !== undefined) {
      this.#fault(`${tab.name} shows data after the sign-out.`);
    }
    if (tab.shown === undefined || tab.person === undefined) return;
    for (const problem of tab.person.model.problemsOf(tab.name, tab.shown)) this.#fault(`${tab.name}: ${problem}`);
  }

  async #keep(tab: Tab, record: string, value: string, write: Promise<Write<unknown>>): Promise<void> {
    const { saved } = await write;
    const { model } = this.#person;
    saved.then(
      () => model.saved(record, value),
      (error) => this.#say(`${tab.name}: ${value} was not saved: ${error.code}`),
    );
  }

  async #finish(): Promise<void> {
    this.#say('the end');
    this.#proxy.isDown = false;
    if (this.#tabs.length === 0) await this.#open();
    await Promise.all(this.#direct);
    const [first] = this.#tabs;
    if (first === undefined) return;
    const used = this.#people.filter(({ id }) => id !== undefined);
    // The one who is signed in first.
    for (const person of used.toSorted((one) => (one === this.#person ? -1 : 1))) {
      if (!this.#isSignedIn || person !== this.#person) await this.#signIn(first, person);
      await this.#finishOf(person);
    }
  }

  async #finishOf({ id, model }: Person): Promise<void> {
    await until(() => {
      for (const { name, db } of this.#tabs) {
        const { online, pending } = db.sync.state;
        if (!online || pending > 0) throw new Error(`${name}: online ${online}, pending ${pending}`);
      }
    }).catch((error) => this.#fault(`It does not end: ${error.message}`));
    if (this.#faults.length > 0) return;
    const [rows] = await this.#stack.query<[Row[]]>(
      `SELECT *, (SELECT * FROM comment WHERE thread = $parent.id ORDER BY id) AS comments,
        (SELECT * FROM job WHERE assigned_to = $parent.id ORDER BY id) AS jobs
      FROM thread WHERE author = $user ORDER BY title, id`,
      { user: id },
    );
    for (const tab of this.#tabs) {
      await until(() => {
        const [seen, truth] = [tab.shown ?? [], rows].map(essence);
        if (JSON.stringify(seen) !== JSON.stringify(truth))
          throw new Error(`${JSON.stringify(seen)} instead of ${JSON.stringify(truth)}`);
      }).catch((error) => this.#fault(`${tab.name} shows something else than the database has: ${error.message}`));
      const failed = tab.db.sync.state.failed.map(({ id, error }) => [String(id), error.code] as const);
      for (const problem of model.problemsOfTray(failed)) this.#fault(`${tab.name}: ${problem}`);
    }
    const [history] = await this.#stack.query<[{ record: RecordId; value: string }[]]>(
      'SELECT record, value, n FROM history WHERE author = $user ORDER BY n',
      { user: id },
    );
    for (const problem of model.problemsOfHistory(history)) this.#fault(problem);
    for (const problem of model.problemsOfRows(rows)) this.#fault(problem);
  }

  #value(): string {
    this.#lastValue += 1;
    return `v${String(this.#lastValue).padStart(5, '0')}`;
  }

  /** A title as a person types it: the database stores it without the space at its end. */
  #typed(title: string): string {
    return this.#random.chance(0.3) ? `${title} ` : title;
  }

  #say(text: string): void {
    this.log.push(text);
  }

  #fault(text: string): void {
    this.#faults.push(text);
    this.#say(`!! ${text}`);
  }
}

const ACTS = [
  ...Array(4).fill('create'),
  ...Array(5).fill('update'),
  ...Array(2).fill('type'),
  'delete',
  'comment',
  'comment',
  'direct',
  'direct',
  'run',
  'refused',
  'other',
  'reload',
  'crash',
  'cut',
  'cutAnswers',
  'network',
  'network',
  'gateway',
  'signOut',
  'clock',
  ...Array(5).fill('wait'),
] as (
  | 'create'
  | 'update'
  | 'type'
  | 'delete'
  | 'comment'
  | 'direct'
  | 'run'
  | 'refused'
  | 'other'
  | 'reload'
  | 'crash'
  | 'cut'
  | 'cutAnswers'
  | 'network'
  | 'gateway'
  | 'signOut'
  | 'signIn'
  | 'clock'
  | 'wait'
)[];

/** Signs up, or in if the account exists. */
function enter(auth: OptimisticClient['auth'], given: { username: string; password: string }): Promise<RecordId> {
  return auth.signUp('account', given).catch(() => auth.signIn('account', given));
}

function newPerson(): Person {
  return { username: newName(), model: new ThreadModel(), id: undefined };
}

/** Only `Date` is replaced: timers and sockets are real. */
function setClock(offMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: performance.timeOrigin + performance.now() + offMs });
}

/** What two results must have in common. */
function essence(rows: readonly Row[]): unknown {
  return rows.map(({ id, title, comments, jobs }) => [
    String(id),
    title,
    comments.map(({ content }) => content).sort(),
    jobs.map((job) => String(job.id)).sort(),
  ]);
}
