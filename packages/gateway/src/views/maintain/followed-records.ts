/*
 * The records that permissions read besides the row itself, such as the thread of a job: their fields as of the last
 * published round. With them, a changed row is judged without the engine, and a change of such a record that its readers do
 * not look at concerns no view.
 *
 *   unknown ──read in a round, or changed──▶ staged ──the round is published──▶ known ──too many──▶ unknown
 *
 * Every change of a known record comes in a round, so a known record is not out of date for longer than views are. What a
 * round read is kept only when it is published, because the database may lose what was not committed.
 */

import type { RoundChanges } from '../../changes/round-handler.ts';
import type { RecordFields } from '../../permissions/evaluate.ts';
import type { PlanNode } from '../../plans/plan.ts';
import { memberOf, UNKNOWN } from '../../values/unknown.ts';
import { encodeValue, ValueError } from '../../wire/value.ts';
import type { Change } from './change.ts';

/** Of all known records, approximately. Anybody who may write a followed field decides how long it is. */
const BYTES_MAX = 32 * 1_048_576;
/** A record with longer fields is read again in each round that needs it. */
const BYTES_PER_RECORD_MAX = 16_384;
/** For the key, the map and the objects. */
const BYTES_BASE = 256;

interface Known {
  readonly fields: RecordFields | undefined;
  readonly bytes: number;
}

export class FollowedRecords {
  /** The most recently used ones last. The fields that permissions read; undefined for a deleted record. */
  readonly #known = new Map<string, Known>();
  #bytes = 0;
  /** The members that permissions read, by table. */
  readonly #members = new Map<string, Set<string>>();
  /** How often the members have changed. */
  #version = 0;

  /** Adds what the permissions of these nodes read. */
  watch(nodes: readonly PlanNode[]): void {
    for (const { follows, readsReader, readerMembers } of nodes) {
      for (const { table, member } of follows) this.#watch(table, member);
      for (const member of readerMembers) if (readsReader) this.#watch(readsReader.table.name, member);
    }
  }

  /**
   * The records for one round.
   *
   * @param options.hasLate as RoundChanges.hasLate: no record is then taken for the same as in the last round
   */
  forRound({ hasLate = false }: Partial<Pick<RoundChanges, 'hasLate'>> = {}): RoundRecords {
    const staged = new Map<string, RecordFields | undefined | typeof UNKNOWN>();
    const version = this.#version;
    return {
      isFollowed: (table) => this.#members.has(table),
      forget: (key) => staged.set(key, UNKNOWN),
      stage: (table, key, row) => staged.set(key, row && this.#pick(table, row)),
      get: (key) => {
        if (staged.has(key)) return staged.get(key);
        const known = this.#known.get(key);
        return known === undefined ? UNKNOWN : known.fields;
      },
      isSame: ({ key, row }, member) => {
        // Views may show what the record was before an earlier round read it in its present form.
        const known = this.#known.get(key);
        if (hasLate || known === undefined) return false;
        const text = textOf(memberOf(known.fields, member));
        return text !== undefined && text === textOf(memberOf(row, member));
      },
      get mustCommit() {
        return [...staged.values()].some((fields) => fields !== UNKNOWN);
      },
      publish: () => {
        for (const [key, fields] of staged) {
          this.#forget(key);
          // Another version was staged without a member that is read by now.
          if (fields !== UNKNOWN && version === this.#version) this.#keep(key, fields);
        }
        for (const key of this.#known.keys()) {
          if (this.#bytes <= BYTES_MAX) break;
          this.#forget(key);
        }
      },
    };
  }

  /** Forgets everything, after changes that no round reports one by one. */
  clear(): void {
    this.#known.clear();
    this.#bytes = 0;
    this.#version += 1;
  }

  #keep(key: string, fields: RecordFields | undefined): void {
    const text = fields === undefined ? '' : textOf(fields);
    if (text === undefined || text.length > BYTES_PER_RECORD_MAX) return;
    const bytes = BYTES_BASE + key.length + text.length;
    this.#known.set(key, { fields, bytes });
    this.#bytes += bytes;
  }

  #forget(key: string): void {
    this.#bytes -= this.#known.get(key)?.bytes ?? 0;
    this.#known.delete(key);
  }

  #watch(table: string, member: string): void {
    const members = this.#members.get(table);
    if (members?.has(member)) return;
    if (members === undefined) this.#members.set(table, new Set([member]));
    else members.add(member);
    // What is known was kept without this member.
    this.clear();
  }

  #pick(table: string, row: RecordFields): RecordFields {
    return Object.fromEntries([...(this.#members.get(table) ?? [])].map((member) => [member, memberOf(row, member)]));
  }
}

/**
 * A text that is equal for equal values of one kind only: a permission may tell 1 from 1dec, which the engine finds equal.
 * Undefined for values without such a text.
 */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(encodeValue(value));
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}

export interface RoundRecords {
  /** Whether permissions read records of the table. */
  isFollowed(table: string): boolean;
  /** @param row undefined if the record does not exist */
  stage(table: string, key: string, row: RecordFields | undefined): void;
  /** The record has changed, and it is not known how. */
  forget(key: string): void;
  /** The record as it is in this round. */
  get(key: string): RecordFields | undefined | typeof UNKNOWN;
  /** Whether a member of a changed record is certainly the same as in the last round. */
  isSame(change: Change, member: string): boolean;
  /** Whether something was staged that `publish` keeps. The database must not lose it afterwards. */
  readonly mustCommit: boolean;
  /** Keeps what was staged. */
  publish(): void;
}
