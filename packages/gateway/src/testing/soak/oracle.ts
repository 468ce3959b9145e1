/*
 * What a user may see of a plan, by a fresh query in the user's own engine session. The plan is compiled without
 * permissions; the engine applies them.
 */
import type { Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { createCompiler } from '../../plans/compile/compile-plan.ts';
import type { Compile } from '../../plans/plan.ts';
import { validatePlan } from '../../plans/validate/validate-plan.ts';
import type { DatabaseSchema } from '../../schema/database-schema.ts';
import { readDatabaseSchema } from '../../schema/read-schema.ts';
import type { WirePlan } from '../../wire/plan.ts';
import { encodeValue } from '../../wire/value.ts';
import type { ReaderSessions } from '../reader-sessions.ts';
import { unrestrictedSchema } from '../unrestricted-schema.ts';

export class Oracle {
  readonly #schema: DatabaseSchema;
  readonly #compile: Compile;
  readonly #sessions: ReaderSessions;

  private constructor(schema: DatabaseSchema, sessions: ReaderSessions) {
    this.#schema = schema;
    this.#compile = createCompiler(unrestrictedSchema(schema));
    this.#sessions = sessions;
  }

  static async open(owner: Link, sessions: ReaderSessions): Promise<Oracle> {
    return new Oracle(await readDatabaseSchema(owner), sessions);
  }

  /** The result in the canonical form of {@link textOfResult}. */
  async resultOf(plan: WirePlan, user: string): Promise<string> {
    const reader = new RecordId('person', user);
    const { text, bindings } = this.#compile(validatePlan(this.#schema, plan), reader).statement('o_');
    const rows = await this.#sessions.as(reader).query<unknown>(text, bindings);
    return textOfResult(shaped(rows, plan, plan.single === true));
  }
}

/** A text that is equal for equal results. */
export function textOfResult(result: unknown): string {
  return JSON.stringify(result, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/**
 * The rows as a tab shows them: in their wire form, with related rows, without the rows of the reserve, and without the
 * columns of links and orders.
 */
function shaped(rows: unknown, { related = [], limit }: WirePlan, isSingle: boolean): unknown {
  const shown = (Array.isArray(rows) ? rows.slice(0, limit) : []).map((row: Readonly<Record<string, unknown>>) => {
    const inner = related.map(({ name, many, plan }) => [name, shaped(row[name], plan, !many || plan.single === true)]);
    const own = Object.entries(row).filter(
      ([name]) => !/^__(?:link|order)_/.test(name) && !related.some((relation) => relation.name === name),
    );
    return { ...Object(encodeValue(Object.fromEntries(own))), ...Object.fromEntries(inner) };
  });
  return isSingle ? (shown[0] ?? null) : shown;
}
