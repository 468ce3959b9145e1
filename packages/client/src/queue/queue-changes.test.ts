import { FRAME_MAX_BYTES, type WireValue, type WireWrite } from '@spookify/gateway/wire';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../storage/memory-storage.ts';
import type { PendingWrite } from './pending-write.ts';
import { appended, blocked, discarded, made, type NewWrite, refused, retried, stepped } from './queue-changes.ts';

const USER = 'user:ada';
const id = (key: string) => ({ $r: ['thread', key] }) as const;
const update = (fields: Record<string, WireValue>, base?: Record<string, WireValue>): WireWrite => ({
  kind: 'update',
  id: id('a'),
  fields,
  ...(base === undefined ? {} : { base }),
});
const create = (fields: Record<string, WireValue>): WireWrite => ({ kind: 'create', id: id('a'), fields });

function newWrite(key: string, write: WireWrite, more: Partial<NewWrite> = {}): NewWrite {
  const record = `thread:${write.id.$r[1]}`;
  return {
    key,
    user: USER,
    write,
    guess: {},
    record,
    touches: [record],
    madeAt: 0,
    state: { kind: 'waiting' },
    ...more,
  };
}

const placeOf = ({ record, touches }: NewWrite) => ({ record, others: touches.filter((one) => one !== record) });

/** A queue in a real storage. */
function queue() {
  const { writes } = memoryStorage();
  return {
    add: (key: string, write: WireWrite, more: Partial<NewWrite> = {}) =>
      writes.change(USER, placeOf(newWrite(key, write, more)), (related) =>
        appended(related, newWrite(key, write, more)),
      ),
    apply: (change: Parameters<typeof writes.change>[2], record = 'thread:a') =>
      writes.change(USER, { record }, change),
    all: () => writes.all(USER),
    async get(key: string): Promise<PendingWrite> {
      const found = (await writes.all(USER)).find((entry) => entry.key === key);
      if (found === undefined) throw new Error(`There is no write ${key}.`);
      return found;
    },
  };
}

const REFUSED = { code: 'SPOOKY_CLIENT_REFUSED', message: 'No.' } as const;

describe('an update that is added', () => {
  it('becomes a part of an update that waits, and keeps what that was based on', async () => {
    const { add, all } = queue();
    await add('1', update({ title: 'b' }, { title: 'a' }));
    expect(await add('2', update({ title: 'c', content: 'y' }, { title: 'b', content: 'x' }))).toMatchObject({
      mergedInto: '1',
    });
    expect(await all()).toMatchObject([
      { key: '1', write: update({ title: 'c', content: 'y' }, { title: 'a', content: 'x' }) },
    ]);
  });

  it('becomes a part of a create that waits', async () => {
    const { add, all } = queue();
    await add('1', create({ title: 'a', content: 'x' }), { guess: { revision: 1, at: 2 } });
    await add('2', update({ title: 'b', content: { $none: 1 }, at: 3 }));
    expect(await all()).toMatchObject([{ key: '1', write: create({ title: 'b', at: 3 }) }]);
    expect((await all())[0]?.guess).toEqual({ revision: 1 });
  });

  it('stays a separate write if both together are too large for a frame', async () => {
    const { add, all } = queue();
    const half = 'x'.repeat(FRAME_MAX_BYTES / 2);
    await add('1', update({ title: half }));
    await add('2', update({ content: half }));
    await add('3', update({ content: 'short' }));
    expect((await all()).map(({ key }) => key)).toEqual(['1', '2']);
  });

  it('stays a separate write behind one that was sent', async () => {
    const { add, all, apply } = queue();
    await add('1', update({ title: 'b' }));
    await apply((related) => stepped(related, '1', { type: 'sent' }));
    await add('2', update({ title: 'c' }));
    await add('3', update({ title: 'd' }));
    expect((await all()).map(({ key, write }) => [key, write])).toEqual([
      ['1', update({ title: 'b' })],
      ['2', update({ title: 'd' })],
    ]);
  });

  it('does not overtake a write that refers to its record', async () => {
    const { add, all } = queue();
    await add('1', update({ title: 'b' }));
    const comment: WireWrite = { kind: 'create', id: { $r: ['comment', 'c'] }, fields: { thread: id('a') } };
    await add('2', comment, { record: 'comment:c', touches: ['comment:c', 'thread:a'] });
    await add('3', update({ title: 'c' }));
    expect((await all()).map(({ key }) => key)).toEqual(['1', '2', '3']);
  });

  it('is based on what the database stores for the write before it', async () => {
    const { add, apply, get } = queue();
    await add('1', update({ title: ' b ' }, { title: 'a' }));
    await apply((related) => stepped(related, '1', { type: 'sent' }));
    await add('2', update({ title: 'c' }, { title: ' b ' }));
    await apply((related) => made(related, '1', { row: { title: 'b' } }));
    expect((await get('2')).write).toEqual(update({ title: 'c' }, { title: 'b' }));
    await add('3', update({ content: 'y' }, { content: 'x' }));
    // The user still saw what he had typed.
    const { write } = (await add('4', update({ title: 'd' }, { title: ' b ' }))).put[0] ?? {};
    expect(write).toMatchObject({ base: { title: 'b' } });
  });
});

describe('an update of what was made by a repeat', () => {
  it('is based on what was written, because others may have changed the row since', async () => {
    const { add, apply, get } = queue();
    await add('1', update({ title: 'b' }, { title: 'a' }));
    await apply((related) => stepped(related, '1', { type: 'sent' }));
    await add('2', update({ title: 'c' }, { title: 'b' }));
    await apply((related) => made(related, '1', { row: { title: 'theirs' }, isRepeat: true }));
    expect((await get('2')).write).toEqual(update({ title: 'c' }, { title: 'b' }));
    await apply((related) => stepped(related, '2', { type: 'sent' }));
    await apply((related) => made(related, '2', { row: null, isRepeat: true }));
    const { write } = (await add('3', update({ title: 'd' }, { title: 'c' }))).put[0] ?? {};
    expect(write).toMatchObject({ base: { title: 'c' } });
  });

  it('is based on the form in which the database stores it', async () => {
    const { add, apply, get } = queue();
    await add('1', update({ title: ' B ', content: 'x' }, { title: 'a', content: 'w' }));
    await apply((related) => stepped(related, '1', { type: 'sent' }));
    await add('2', update({ title: 'c', content: 'y' }, { title: ' B ', content: 'x' }));
    await apply((related) => made(related, '1', { row: { title: 'b', content: 'theirs' }, isRepeat: true }));
    expect((await get('2')).write).toMatchObject({ base: { title: 'b', content: 'x' } });
  });
});

describe('a refused write', () => {
  it('leaves the next one with what it was based on itself', async () => {
    const { add, apply, get } = queue();
    await add('1', update({ title: 'b', content: 'y' }, { title: 'a' }));
    await apply((related) => stepped(related, '1', { type: 'sent' }));
    await add('2', update({ title: 'c' }, { title: 'b' }));
    await apply((related) => refused(related, '1', REFUSED));
    expect((await get('2')).write).toEqual(update({ title: 'c' }, { title: 'a' }));
    expect((await get('1')).state).toMatchObject({ kind: 'failed', failure: REFUSED });
  });

  it('is forgotten if a later one sets the same fields', async () => {
    const { add, all, apply } = queue();
    await add('1', update({ title: 'b' }, { title: 'a' }));
    await apply((related) => stepped(related, '1', { type: 'sent' }));
    await add('2', update({ title: 'c', content: 'y' }, { title: 'b', content: 'x' }));
    expect(await apply((related) => refused(related, '1', REFUSED))).toMatchObject({
      removed: ['1'],
      mergedInto: '2',
    });
    expect(await all()).toMatchObject([
      { key: '2', write: update({ title: 'c', content: 'y' }, { title: 'a', content: 'x' }) },
    ]);
  });

  it('takes with it what depends on its record, and again what depends on that', async () => {
    const { add, apply, all, get } = queue();
    await add('1', create({ title: 'a' }));
    const comment: WireWrite = { kind: 'create', id: { $r: ['comment', 'c'] }, fields: { thread: id('a') } };
    await add('2', comment, { record: 'comment:c', touches: ['comment:c', 'thread:a'] });
    const other: WireWrite = { kind: 'update', id: id('b'), fields: { best: { $r: ['comment', 'c'] } } };
    await add('3', other, { touches: ['thread:b', 'comment:c'] });
    await apply((related) => refused(related, '1', REFUSED));
    const blocker = await get('2');
    await apply((related) => blocked(related, '3', blocker), 'thread:b');
    const blockedBy = async () =>
      (await all()).map(({ state }) =>
        state.kind === 'failed' ? (state.failure.blockedBy ?? state.kind) : state.kind,
      );
    expect(await blockedBy()).toEqual(['failed', '1', '1']);
    await apply((related) => retried(related, '1', { title: 'b' }));
    expect((await all()).map(({ state }) => state.kind)).toEqual(['waiting', 'failed', 'failed']);
    expect((await all())[0]?.write).toEqual(create({ title: 'b' }));
  });

  it('overwrites the values of the others when it is retried after a conflict', async () => {
    const { add, apply, get } = queue();
    await add('1', update({ title: 'b', content: 'y' }, { title: 'a', content: 'x' }));
    const failure = { code: 'SPOOKY_CLIENT_CONFLICT', message: 'x', conflict: { title: 'theirs' } } as const;
    await apply((related) => refused(related, '1', failure));
    await apply((related) => retried(related, '1', { title: 'both' }));
    expect((await get('1')).write).toEqual(update({ title: 'both', content: 'y' }, { title: 'theirs', content: 'x' }));
  });

  it('is removed when it is discarded, and only then', async () => {
    const { add, apply, all } = queue();
    await add('1', create({ title: 'a' }));
    await apply((related) => discarded(related, '1'));
    expect(await all()).toHaveLength(1);
    await apply((related) => refused(related, '1', REFUSED));
    await apply((related) => discarded(related, '1'));
    expect(await all()).toEqual([]);
  });
});

it('a write that is made is never refused or sent later', async () => {
  const { add, apply, get } = queue();
  await add('1', create({ title: 'a' }));
  await apply((related) => made(related, '1', { row: { title: 'a' } }));
  await apply((related) => refused(related, '1', REFUSED));
  await apply((related) => stepped(related, '1', { type: 'sent' }));
  expect((await get('1')).state).toEqual({ kind: 'made', row: { title: 'a' } });
  await apply((related) => stepped(related, '1', { type: 'shown', at: 7 }));
  expect((await get('1')).state).toEqual({ kind: 'shown', row: { title: 'a' }, at: 7 });
});
