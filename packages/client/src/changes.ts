import { escapeIdent, type RecordId, Uuid } from 'surrealdb';
import type { Link } from './link.ts';

/** One row of a table was made, changed or taken away. */
export interface Change {
  readonly table: string;
  readonly id: RecordId;
  /** The row as the user may see it; fields hidden by permissions are missing. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** Gets each change, or `undefined` when changes may have been missed and everything must be read again. */
export type ChangeListener = (change: Change | undefined) => void;

interface Subscription {
  readonly listeners: Set<ChangeListener>;
  readonly id: Promise<Uuid>;
  /** Ends the stream of notifications on this side. */
  stop: () => void;
}

/**
 * The changes of one link: one LIVE per table, whoever asks for it and however often, because every LIVE costs every
 * writer of its table (0.12 ms per write each, whatever its filter). It has no WHERE: one on a field that can change
 * stays silent when a row leaves the filter. Permissions filter in any case.
 */
export class Changes {
  readonly #link: Link;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(link: Link) {
    this.#link = link;
  }

  /** Resolves once no change of the table can be missed any more. Returns the way to stop listening. */
  async listen(table: string, listener: ChangeListener): Promise<() => void> {
    const subscription = this.#subscriptions.get(table) ?? this.#start(table);
    subscription.listeners.add(listener);
    try {
      await subscription.id;
    } catch (error) {
      subscription.listeners.delete(listener);
      throw error;
    }
    return () => this.#leave(table, subscription, listener);
  }

  #start(table: string): Subscription {
    const subscription: Subscription = { listeners: new Set(), id: this.#register(table), stop: () => undefined };
    this.#subscriptions.set(table, subscription);
    subscription.id.then(
      (id) => this.#follow(table, subscription, id),
      () => this.#forget(table, subscription),
    );
    return subscription;
  }

  async #register(table: string): Promise<Uuid> {
    const id = await this.#link.query(`LIVE SELECT * FROM ${escapeIdent(table)}`);
    if (id instanceof Uuid) return id;
    throw new TypeError(`LIVE SELECT on "${table}" gave no id.`);
  }

  async #follow(table: string, subscription: Subscription, id: Uuid): Promise<void> {
    const notifications = this.#link.notifications(id)[Symbol.asyncIterator]();
    subscription.stop = () => void notifications.return?.();
    for (;;) {
      const { done, value: message } = await notifications.next();
      if (done === true) return;
      if (message.action === 'KILLED') {
        // By the server, not by us: whoever still listens starts over.
        this.#forget(table, subscription);
        for (const listener of [...subscription.listeners]) listener(undefined);
        return;
      }
      const change: Change = { table, id: message.recordId, row: message.value };
      for (const listener of [...subscription.listeners]) listener(change);
    }
  }

  #leave(table: string, subscription: Subscription, listener: ChangeListener): void {
    subscription.listeners.delete(listener);
    if (subscription.listeners.size > 0 || this.#subscriptions.get(table) !== subscription) return;
    this.#forget(table, subscription);
    void this.#kill(subscription);
  }

  async #kill(subscription: Subscription): Promise<void> {
    try {
      const id = await subscription.id;
      subscription.stop();
      await this.#link.query('KILL $id', { id });
    } catch {
      // The server ends it with the link in any case.
    }
  }

  #forget(table: string, subscription: Subscription): void {
    if (this.#subscriptions.get(table) === subscription) this.#subscriptions.delete(table);
  }
}
