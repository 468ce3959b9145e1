import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { NewWrite } from '../queue/queue-changes.ts';
import { indexedDbStorage } from './indexed-db-storage.ts';
import { memoryStorage } from './memory-storage.ts';
import type { Storage, StoredResult } from './storage.ts';

const newName = (): string => crypto.randomUUID();

function newWrite(key: string, user: string, touches: readonly string[]): NewWrite {
  const [record = 'thread:a'] = touches;
  const [table = '', id = ''] = record.split(':');
  return {
    key,
    user,
    write: { kind: 'delete', id: { $r: [table, id] } },
    guess: {},
    record,
    touches,
    madeAt: 0,
    state: { kind: 'waiting' },
  };
}

const add = (storage: Storage, write: NewWrite) =>
  storage.writes.change(write.user, { record: write.record }, () => ({ put: [write] }));

function resultOf(query: string, more: Partial<StoredResult> = {}): StoredResult {
  return {
    user: 'user:ada',
    query,
    tables: ['thread'],
    content: { rows: [], lists: [] },
    contains: [],
    at: 1,
    ...more,
  };
}

describe.each([
  ['IndexedDB', () => indexedDbStorage(newName())],
  ['memory', async () => memoryStorage()],
])('pending writes in %s', (_, open) => {
  it('are kept in their order, per user', async () => {
    const storage = await open();
    for (const key of ['1', '2', '3'])
      await add(storage, newWrite(key, key === '2' ? 'user:bob' : 'user:ada', ['thread:a']));
    expect((await storage.writes.all('user:ada')).map(({ key, version }) => [key, version])).toEqual([
      ['1', 1],
      ['3', 1],
    ]);
    storage.close();
  });

  it('are changed together with those that touch the same records, one change after the other', async () => {
    const storage = await open();
    await add(storage, newWrite('1', 'user:ada', ['thread:a']));
    await add(storage, newWrite('2', 'user:ada', ['comment:c', 'thread:a']));
    await add(storage, newWrite('3', 'user:ada', ['thread:b']));
    await add(storage, newWrite('4', 'user:bob', ['thread:a']));
    const count = 20;
    const seen: string[][] = [];
    await Promise.all(
      Array.from({ length: count }, () =>
        storage.writes.change('user:ada', { record: 'thread:a' }, (related) => {
          seen.push(related.map(({ key }) => key));
          return { put: related.map((write) => ({ ...write, madeAt: write.madeAt + 1 })) };
        }),
      ),
    );
    expect(seen).toEqual(Array(count).fill(['1', '2']));
    expect((await storage.writes.all('user:ada')).map(({ madeAt, version }) => [madeAt, version])).toEqual([
      [count, count + 1],
      [count, count + 1],
      [0, 1],
    ]);
    await storage.writes.change('user:ada', { record: 'thread:a' }, () => ({ put: [], remove: ['1'] }));
    expect((await storage.writes.all('user:ada')).map(({ key }) => key)).toEqual(['2', '3']);
    storage.close();
  });

  it('are changed together with the last one that touches each record that they refer to', async () => {
    const storage = await open();
    await add(storage, newWrite('1', 'user:ada', ['thread:a']));
    await add(storage, newWrite('2', 'user:ada', ['comment:c', 'thread:a']));
    await add(storage, newWrite('3', 'user:ada', ['comment:d', 'thread:a']));
    await add(storage, newWrite('4', 'user:bob', ['thread:a']));
    const seen: string[] = [];
    const place = { record: 'comment:c', others: ['thread:a', 'thread:b'] };
    await storage.writes.change('user:ada', place, (related) => {
      seen.push(...related.map(({ key }) => key));
      return { put: [] };
    });
    expect(seen).toEqual(['2', '3']);
    storage.close();
  });

  it('are not changed if the change fails', async () => {
    const storage = await open();
    await add(storage, newWrite('1', 'user:ada', ['thread:a']));
    const failed = storage.writes.change('user:ada', { record: 'thread:a' }, () => {
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await storage.writes.all('user:ada')).toHaveLength(1);
    storage.close();
  });
});

describe('IndexedDB', () => {
  it('keeps everything for the next visit, and separates gateways', async () => {
    const name = newName();
    const first = await indexedDbStorage(name);
    await add(first, newWrite('1', 'user:ada', ['thread:a']));
    await first.results.save([resultOf('q', { at: 7 })]);
    first.close();
    const second = await indexedDbStorage(name);
    expect(await second.writes.all('user:ada')).toMatchObject([{ key: '1' }]);
    expect(await second.results.read('user:ada', 'q')).toEqual(resultOf('q', { at: 7 }));
    expect(await second.results.lastSynced('user:ada')).toBe(7);
    const other = await indexedDbStorage(newName());
    expect(await other.writes.all('user:ada')).toEqual([]);
    for (const storage of [second, other]) storage.close();
  });

  it('gives the results of a user to nobody else, and removes them when they leave', async () => {
    const { results, close } = await indexedDbStorage(newName());
    await results.save([resultOf('q'), resultOf('q', { user: 'user:bob' })]);
    expect(await results.read('user:eve', 'q')).toBeUndefined();
    await results.removeOthers('user:bob');
    expect(await results.read('user:ada', 'q')).toBeUndefined();
    expect(await results.read('user:bob', 'q')).toBeDefined();
    await results.removeOthers(undefined);
    expect(await results.read('user:bob', 'q')).toBeUndefined();
    close();
  });

  it('shows the results of a user to a judge, and removes those that it does not keep', async () => {
    const { results, close } = await indexedDbStorage(newName());
    await results.save([resultOf('a'), resultOf('b'), resultOf('a', { user: 'user:bob' })]);
    const seen: StoredResult[] = [];
    await results.keep('user:ada', (result) => {
      seen.push(result);
      return result.query === 'b';
    });
    expect(seen).toEqual([resultOf('a'), resultOf('b')]);
    expect(await results.read('user:ada', 'a')).toBeUndefined();
    expect(await results.read('user:ada', 'b')).toBeDefined();
    expect(await results.read('user:bob', 'a')).toBeDefined();
    close();
  });

  it('keeps the 200 newest results of a user', async () => {
    const { results, close } = await indexedDbStorage(newName());
    const ats = Array.from({ length: 205 }, (_, at) => at);
    await results.save(ats.map((at) => resultOf(`q${at}`, { at })));
    const kept = await Promise.all(ats.map((at) => results.read('user:ada', `q${at}`)));
    expect(kept.filter((result) => result === undefined)).toHaveLength(5);
    expect(kept.at(-1)).toBeDefined();
    close();
  });
});

it('memory and IndexedDB keep the same writes through the same changes', async () => {
  const step = fc.record({
    key: fc.constantFrom('1', '2', '3', '4'),
    user: fc.constantFrom('user:ada', 'user:bob'),
    touches: fc.uniqueArray(fc.constantFrom('thread:a', 'thread:b', 'comment:c'), { minLength: 1 }),
    kind: fc.constantFrom('add', 'touch', 'remove'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const storages = [memoryStorage(), await indexedDbStorage(newName())];
      for (const storage of storages) {
        for (const [at, { key, user, touches, kind }] of steps.entries()) {
          const [record = '', ...others] = touches;
          await storage.writes.change(user, { record, others }, (related) => {
            if (kind === 'add') return { put: [newWrite(`${key} ${at}`, user, touches)] };
            if (kind === 'touch') return { put: related.map((write) => ({ ...write, madeAt: at })) };
            return { put: [], remove: related.slice(0, 1).map((write) => write.key) };
          });
        }
      }
      const [memory, indexed] = await Promise.all(
        storages.map(async ({ writes }) => [
          (await writes.all('user:ada')).map(({ order, ...rest }) => rest),
          (await writes.all('user:bob')).map(({ order, ...rest }) => rest),
        ]),
      );
      expect(memory).toEqual(indexed);
      for (const storage of storages) storage.close();
    }),
    { numRuns: 40 },
  );
});

it('a write takes the space of the results if there is no other', async () => {
  const storage = await indexedDbStorage(newName());
  await storage.results.save([resultOf('q')]);
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(() => {
    throw new DOMException('The disk is full.', 'QuotaExceededError');
  });
  await add(storage, newWrite('1', 'user:ada', ['thread:a']));
  put.mockRestore();
  expect(await storage.writes.all('user:ada')).toHaveLength(1);
  expect(await storage.results.read('user:ada', 'q')).toBeUndefined();
  storage.close();
});
