import type { ClientEvent, Inspection, Round } from '../inspection.ts';
import type { LiveQuery } from '../live/live-query.ts';
import type { PendingWrite } from '../queue/pending-write.ts';
import { describeFrame } from './describe-frame.ts';
import { EventLog } from './event-log.ts';

/** What was seen of a query. */
export interface QueryRecord {
  /** A number that names the query in this page. */
  readonly id: number;
  /** How often its watches were called with a new state. */
  readonly updates: number;
  readonly updatedAt: Date | undefined;
  /**
   * The state of the database in which its data last changed. Undefined if it has not changed since the start of the
   * recording.
   */
  readonly version: Round | undefined;
  readonly kind: string;
}

/** Turns the events of a client into a log, and counts the updates of its queries. */
export class Recorder {
  readonly log = new EventLog();
  readonly #inspection: Inspection;
  readonly #encoder = new TextEncoder();
  readonly #queries = new WeakMap<LiveQuery, QueryRecord>();
  #writes: ReadonlyMap<string, PendingWrite>;
  #lastQuery = 0;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
    this.#writes = byKey(inspection.writes);
  }

  receive(event: ClientEvent): void {
    switch (event.kind) {
      case 'sent':
      case 'received': {
        const { kind, frame, text } = event;
        const bytes = this.#encoder.encode(text).length;
        this.log.add({ kind, type: frame.type, bytes, about: describeFrame(frame) });
        break;
      }
      case 'round': {
        const { round, position } = event.round;
        this.log.add({ kind: 'round', round, position, queries: event.queries.length });
        for (const live of event.queries) this.#queries.set(live, { ...this.of(live), version: { round, position } });
        break;
      }
      case 'shown':
        this.log.add({ kind: 'shown', queries: event.queries.length });
        for (const live of event.queries) this.#update(live);
        break;
      case 'queue':
        this.#followWrites();
        break;
    }
  }

  /** What was seen of a query. */
  of(live: LiveQuery): QueryRecord {
    const known = this.#queries.get(live);
    if (known !== undefined) return known;
    this.#lastQuery += 1;
    const { kind } = live.state;
    const first = { id: this.#lastQuery, updates: 0, updatedAt: undefined, version: undefined, kind };
    this.#queries.set(live, first);
    return first;
  }

  #update(live: LiveQuery): void {
    const known = this.of(live);
    const { kind } = live.state;
    this.#queries.set(live, { ...known, updates: known.updates + 1, updatedAt: new Date(), kind });
    if (kind !== known.kind || known.updates === 0) {
      this.log.add({ kind: 'state', of: 'query', to: kind, query: known.id });
    }
  }

  #followWrites(): void {
    const before = this.#writes;
    this.#writes = byKey(this.#inspection.writes);
    for (const [key, { write, record, state }] of this.#writes) {
      if (before.get(key)?.state.kind === state.kind) continue;
      const code = state.kind === 'failed' ? { code: state.failure.code } : {};
      this.log.add({ kind: 'write', key, write: write.kind, record, to: state.kind, ...code });
    }
    for (const [key, { write, record }] of before) {
      if (!this.#writes.has(key)) this.log.add({ kind: 'write', key, write: write.kind, record, to: 'gone' });
    }
  }
}

function byKey(writes: readonly PendingWrite[]): ReadonlyMap<string, PendingWrite> {
  return new Map(writes.map((write) => [write.key, write]));
}
