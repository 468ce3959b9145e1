import fc from 'fast-check';
import { BoundExcluded, BoundIncluded, DateTime, Duration, Range, RecordId, type RecordIdValue, Uuid } from 'surrealdb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Link } from '../link.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { textOfRange } from './range-text.ts';
import { textOfRecordId } from './record-id-text.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const isRead = (link: Link, kind: string, pairs: readonly (readonly [string, unknown])[]): Promise<unknown[]> =>
  link.queryAll(pairs.map((_, n) => `RETURN <${kind}> $t${n} = $v${n}`).join(';'), bindingsOf(pairs));

function bindingsOf(pairs: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(pairs.flatMap(([text, value], n) => [[`t${n}`, text] as const, [`v${n}`, value] as const]));
}

const names = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((name) => name.isWellFormed()),
  fc.string({ unit: fc.constantFrom(...'a1_`\\⟩⟨:\'"{}[]\n\u0000é👻'), minLength: 1, maxLength: 6 }),
  fc.stringMatching(/^\w{1,6}$/),
  fc.constantFrom('1e5', '5d', '12dec', '1f', '007', '-5', 'NONE', 'select', 'rand', 'u', '__proto_'),
);
const parts = fc.oneof(
  names,
  fc.maxSafeInteger().map((number) => number || 0),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 63n - 1n }),
  fc.constantFrom<unknown>(true, null, undefined),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 10n), max: 10n ** 11n }), fc.bigInt({ min: 0n, max: 999_999_999n }))
    .map((time) => new DateTime(time)),
  fc.uuid().map((text) => new Uuid(text)),
  fc.constantFrom(new Duration('1h30m'), new RecordId('a', 'b⟩\\')),
);
const keys = fc.oneof(
  names,
  fc.maxSafeInteger().map((number) => number || 0),
  fc.uuid().map((text) => new Uuid(text)),
  fc.array(parts, { maxLength: 3 }),
  fc.dictionary(
    names,
    parts.filter((part) => part !== undefined),
    { maxKeys: 2 },
  ),
);

it('is a text that the database reads as the same record id', async () => {
  const link = database.link();
  await link.open();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(names, keys), { minLength: 20, maxLength: 20 }), async (all) => {
      const ids = all.map(([table, key]) => new RecordId(table, key as RecordIdValue));
      const pairs = ids.map((id) => [textOfRecordId(id), id] as const);
      expect(await isRead(link, 'record', pairs)).toEqual(pairs.map(() => true));
    }),
    { numRuns: 15 },
  );
});

it.each([
  ['1..5', new Range(new BoundIncluded(1), new BoundExcluded(5))],
  ['1>..=5', new Range(new BoundExcluded(1), new BoundIncluded(5))],
  ['"a"..', new Range(new BoundIncluded('a'), undefined)],
])('writes the range %s as SurrealQL', (text, range) => {
  expect(textOfRange(range)).toBe(text);
});
