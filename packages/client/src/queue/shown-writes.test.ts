import { describe, expect, it } from 'vitest';
import type { PendingWrite, WriteState } from './pending-write.ts';
import { ShownWrites } from './shown-writes.ts';

const ROW = { title: 'x' };

function entry(key: string, state: WriteState, order = 1): PendingWrite {
  return {
    ...{ key, order, user: 'user:ada', guess: {}, madeAt: 0, version: 1, state },
    write: { kind: 'update', id: { $r: ['thread', 'a'] }, fields: ROW },
    record: 'thread:a',
    touches: ['thread:a'],
  };
}

const keysOf = (writes: Iterable<PendingWrite>) => [...writes].map(({ key }) => key);

/** The state of one write, entered as the queue reports it. */
function follow(shown: ShownWrites, ...states: readonly WriteState[]): void {
  let before: PendingWrite | undefined;
  for (const state of states) {
    const after = { ...(before ?? entry('1', state)), state };
    shown.follow({ before, after });
    before = after;
  }
}

describe('a write', () => {
  it('is shown until the round that contains it', () => {
    const shown = new ShownWrites();
    follow(shown, { kind: 'waiting' }, { kind: 'sending' });
    expect([...shown.takeChanges().tables]).toEqual(['thread']);
    expect(shown.madeIn('1', 2)).toBeUndefined();
    shown.shownThrough(1);
    expect([keysOf(shown.list), shown.takeChanges().tables.size]).toEqual([['1'], 0]);
    expect(keysOf(shown.shownThrough(2))).toEqual(['1']);
    expect([keysOf(shown.list), [...shown.contained]]).toEqual([[], ['1']]);
    expect(keysOf(shown.takeChanges().contained)).toEqual(['1']);
  });

  it('that another tab has made is shown until a round is known that contains it', () => {
    const shown = new ShownWrites();
    follow(shown, { kind: 'made', row: ROW });
    expect(shown.takeUnknown()).toEqual(['1']);
    shown.returnUnknown(['1']);
    expect(shown.hasUnknown).toBe(true);
    shown.shownThrough(7);
    expect(keysOf(shown.list)).toEqual(['1']);
    expect(shown.madeIn('1', 7)?.key).toBe('1');
    expect(keysOf(shown.list)).toEqual([]);
  });

  it('that was shown before this tab opened is contained in what it gets', () => {
    const shown = new ShownWrites();
    follow(shown, { kind: 'shown', row: ROW, at: 1 });
    expect([keysOf(shown.list), [...shown.contained], shown.hasUnknown]).toEqual([[], ['1'], false]);
  });

  it('that another tab has forgotten stays until this one contains it, and is then forgotten', () => {
    const shown = new ShownWrites();
    follow(shown, { kind: 'made', row: ROW });
    shown.follow({ before: entry('1', { kind: 'shown', row: ROW, at: 1 }), after: undefined });
    expect(keysOf(shown.list)).toEqual(['1']);
    shown.madeIn('1', 1);
    shown.shownThrough(1);
    expect([keysOf(shown.list), [...shown.contained]]).toEqual([[], []]);
  });

  it('that is refused or part of another one is not shown any more', () => {
    const shown = new ShownWrites();
    follow(shown, { kind: 'waiting' }, { kind: 'failed', failure: { code: 'SPOOKY_CLIENT_REFUSED', message: 'No.' } });
    expect([keysOf(shown.list), [...shown.takeChanges().tables]]).toEqual([[], ['thread']]);
    follow(shown, { kind: 'waiting' });
    shown.follow({ before: entry('1', { kind: 'waiting' }), after: undefined });
    expect([keysOf(shown.list), [...shown.contained]]).toEqual([[], []]);
  });
});

it('a lost socket makes all rounds unknown', () => {
  const shown = new ShownWrites();
  follow(shown, { kind: 'waiting' }, { kind: 'sending' }, { kind: 'made', row: ROW });
  shown.madeIn('1', 5);
  shown.lost();
  expect(shown.takeUnknown()).toEqual(['1']);
  shown.shownThrough(9);
  expect(keysOf(shown.list)).toEqual(['1']);
});
