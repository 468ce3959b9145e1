import { BoundExcluded, BoundIncluded, DateTime, Range, RecordId, RecordIdRange, Uuid } from 'surrealdb';
import { expect, it } from 'vitest';
import { openEngine } from '../engine/open-engine.ts';
import { toSurrealQl } from './surrealql-text.ts';

const uuid = new Uuid('0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f');
const values = [
  new RecordId('note', 1),
  new RecordId('note', -5n),
  new RecordId('note', '1'),
  new RecordId('note', '1a'),
  new RecordId('a b', 'c `d` \\'),
  new RecordId('note', uuid),
  new RecordId('note', ["it's", 1, new DateTime('2026-01-02T03:04:05Z'), new RecordId('note', 'b')]),
  new RecordId('note', { a: 1, 'b c': null }),
  new RecordIdRange('note', new BoundIncluded(1), new BoundExcluded(5)),
  new RecordIdRange('note', new BoundExcluded('a'), new BoundIncluded('b')),
  new Range(new BoundIncluded(1), new BoundIncluded(5)),
  new Range(undefined, new BoundExcluded(5)),
];

it('writes record ids and ranges like the engine', async () => {
  const engine = await openEngine();
  for (const value of values) {
    const [text] = await engine.query('RETURN <string>$value', { value });
    expect(toSurrealQl(value)).toBe(text);
  }
  await engine.close();
});
