import { DateTime, RecordId } from '@spookify/client';
import { createStore } from 'solid-js/store';
import { expect, it } from 'vitest';
import { schema } from '../../client/src/testing/schema.ts';
import { payloadJson } from '../../client/src/write/json-form.ts';
import { updateOf } from '../../client/src/write/operations.ts';

it('sends a part of a store as a payload', () => {
  const [store] = createStore({ items: [{ id: new RecordId('thread', 'a'), at: new Date(0) }] });
  expect(payloadJson('/echo', store)).toEqual({ items: [{ id: 'thread:a', at: '1970-01-01T00:00:00.000Z' }] });
});

it('writes a part of a store', () => {
  const [store] = createStore({ row: { title: 'x', content: { at: new DateTime('2026-01-01T00:00:00Z') } } });
  expect(updateOf(schema, 'thread:a', store.row)).toMatchObject({
    fields: { title: 'x', content: { at: { $t: '2026-01-01T00:00:00Z' } } },
  });
});
