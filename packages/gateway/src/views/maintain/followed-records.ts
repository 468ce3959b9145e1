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
import { equalValues } from '../../values/compare.ts';
import { memberOf, UNKNOWN } from '../../values/unknown.ts';
import type { Change } from './change.ts';

const RECORDS_MAX = 20_000;

export class FollowedRecords {
  /** The most recently used ones last. The fields that permissions read; undefined for a deleted record. */
  readonly #known = new Map<string, RecordFields | undefined>();
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
      get: (key) => (staged.has(key) ? staged.get(key) : this.#known.has(key) ? this.#known.get(key) : UNKNOWN),
      isSame: ({ key, row }, member) => {
        // Views may show what the record was before an earlier round read it in its present form.
        if (hasLate || !this.#known.has(key)) return false;
        return equalValues(memberOf(this.#known.get(key), member), memberOf(row, member)) === true;
      },
      get mustCommit() {
        return [...staged.values()].some((fields) => fields !== UNKNOWN);
      },
      publish: () => {
        for (const [key, fields] of staged) {
          this.#known.delete(key);
          // Another version was staged without a member that is read by now.
          if (fields !== UNKNOWN && version === this.#version) this.#known.set(key, fields);
        }
        for (const key of this.#known.keys()) {
          if (this.#known.size <= RECORDS_MAX) break;
          this.#known.delete(key);
        }
      },
    };
  }

  /** Forgets everything, after changes that no round reports one by one. */
  clear(): void {
    this.#known.clear();
    this.#version += 1;
  }

  #watch(table: string, member: string): void {
    const members = this.#members.get(table);
    if (members?.has(member)) return;
    if (members === undefined) this.#members.set(table, new Set([member]));
    else members.add(member);
    // They were kept without this member.
    this.#known.clear();
    this.#version += 1;
  }

  #pick(table: string, row: RecordFields): RecordFields {
    return Object.fromEntries([...(this.#members.get(table) ?? [])].map((member) => [member, memberOf(row, member)]));
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
