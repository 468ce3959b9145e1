import { createHash, randomBytes } from 'node:crypto';
import type { Cluster } from '../../../../gateway/src/testing/kills/cluster.ts';
import { createClientIn } from '../../client.ts';
import { Endpoint } from '../../connection/endpoint.ts';
import { RecordId } from '../../index.ts';
import { openStorage } from '../../storage/open-storage.ts';
import { type TestBrowser, testBrowser } from '../browser.ts';
import { type CuttingProxy, startCuttingProxy } from '../cutting-proxy.ts';
import type { OptimisticClient } from '../people.ts';
import { schema } from '../schema.ts';
import { crashable } from '../stories/crashable.ts';

interface Thread {
  readonly id: RecordId<'thread'>;
  readonly title: string;
  readonly content: string;
}

/** A tab, and what it shows of the threads of its user. */
export interface Tab {
  readonly name: string;
  readonly db: OptimisticClient;
  readonly shown: readonly Thread[];
  /** Resolves when the tab is killed. */
  readonly killed: Promise<void>;
  readonly isKilled: boolean;
  /** Ends the tab without a chance to do anything: nothing that it does afterwards reaches the disk or the network. */
  kill(): void;
}

const TABS = 2;

/** A person with two tabs in one browser, which reach the gateways through one network. */
export class Person {
  readonly id: RecordId<'user'>;
  readonly network: CuttingProxy;
  readonly #browser: TestBrowser;
  #tabs: Tab[] = [];
  #opened = 0;

  /** @param gatewayUrl the gateway of the next connection */
  static async enter(cluster: Cluster, name: string, gatewayUrl: () => string): Promise<Person> {
    const network = await startCuttingProxy(gatewayUrl);
    const person = new Person(name, network);
    person.#browser.tokens.token = await beginSession(cluster, person.id);
    for (let tab = 0; tab < TABS; tab += 1) person.#open();
    return person;
  }

  private constructor(name: string, network: CuttingProxy) {
    this.id = new RecordId('user', name);
    this.network = network;
    this.#browser = testBrowser(network.url);
  }

  get tabs(): readonly Tab[] {
    return this.#tabs;
  }

  /** The number of writes that the database has not confirmed, as far as the living tabs know. */
  get pending(): number {
    return Math.max(...this.#tabs.map(({ db }) => db.sync.state.pending));
  }

  /** Kills a tab and opens another one. */
  replace(tab: Tab): void {
    tab.kill();
    this.#tabs = this.#tabs.filter((other) => other !== tab);
    this.#open();
  }

  async close(): Promise<void> {
    for (const tab of this.#tabs) tab.kill();
    await this.network.close();
  }

  #open(): void {
    this.#opened += 1;
    const environment = this.#browser.tab();
    const { storage, crash } = crashable(openStorage(environment.name));
    const { url } = this.network;
    const db = createClientIn({ ...environment, storage }, new Endpoint(url), { schema, url });
    const killed = Promise.withResolvers<void>();
    const query = db.query('thread').where({ author: this.id }).build();
    let isKilled = false;
    let shown: readonly Thread[] = [];
    db.watch(query, ({ data = [] }) => {
      shown = data;
    });
    this.#tabs.push({
      name: `${this.id.id}, tab ${this.#opened}`,
      db,
      get shown() {
        return shown;
      },
      get isKilled() {
        return isKilled;
      },
      killed: killed.promise,
      kill() {
        isKilled = true;
        crash();
        db.close();
        killed.resolve();
      },
    });
  }
}

/** A session as a sign-in makes it, without the cost of a password. */
async function beginSession({ owner }: Cluster, user: RecordId<'user'>): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const row = new RecordId('spooky_session', createHash('sha256').update(token).digest('hex'));
  await owner.queryAll(
    `CREATE $user SET username = $name;
     CREATE $row SET user = $user, access = 'account', expires_at = time::now() + 1d`,
    { user, row, name: String(user.id) },
  );
  return token;
}
