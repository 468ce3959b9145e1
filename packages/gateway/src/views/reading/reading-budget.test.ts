import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import type { View } from '../view.ts';
import { ReadingBudget } from './reading-budget.ts';

function viewOf(...readers: readonly string[]): View {
  const subscriptions = readers.map((key) => ({ socket: { subscriber: { reader: new RecordId('person', key) } } }));
  return { subscriptions: new Set(subscriptions) } as unknown as View;
}

function budgetOf(readers: number) {
  let ms = 0;
  const budget = new ReadingBudget(
    { readerMs: 100, readerShare: 0.1, readerRoundMs: 500 },
    () => ms,
    () => readers,
  );
  const pass = (by: number): void => {
    ms += by;
    budget.sweep();
  };
  return { budget, pass };
}

describe('a reader', () => {
  it('waits after spending the whole budget until enough time has passed, and delays no one else', () => {
    const { budget, pass } = budgetOf(2);
    budget.charge(viewOf('ada'), 99);
    expect(budget.mayRead(viewOf('ada'))).toBe(true);
    budget.charge(viewOf('ada'), 21);
    expect(budget.mayRead(viewOf('ada'))).toBe(false);
    expect(budget.mayRead(viewOf('ben'))).toBe(true);
    expect(budget.mayRead(viewOf('ada', 'ben'))).toBe(true);
    pass(201);
    expect(budget.mayRead(viewOf('ada'))).toBe(true);
  });

  it('pays only a share of a view that others use as well', () => {
    const { budget } = budgetOf(2);
    budget.charge(viewOf('ada', 'ada', 'ben'), 190);
    expect(budget.mayRead(viewOf('ada'))).toBe(true);
    budget.charge(viewOf('ada'), 10);
    expect([budget.mayRead(viewOf('ada')), budget.mayRead(viewOf('ben'))]).toEqual([false, true]);
  });

  it('never waits when alone', () => {
    const { budget } = budgetOf(1);
    budget.charge(viewOf('ada'), 10_000);
    expect(budget.mayRead(viewOf('ada'))).toBe(true);
  });

  it('stays free for a whole round if free at its start, up to a limit', () => {
    const { budget, pass } = budgetOf(2);
    const turn = budget.forRound();
    const views = [viewOf('ada'), viewOf('ada')];
    for (const view of views) {
      expect(turn.mayRead(view)).toBe(true);
      turn.charge(view, 200);
    }
    expect([turn.mayRead(viewOf('ada')), budget.mayRead(viewOf('ada'))]).toEqual([true, false]);
    turn.charge(viewOf('ada'), 100);
    expect([turn.mayRead(viewOf('ada')), turn.mayRead(viewOf('ada', 'ben'))]).toEqual([false, true]);
    expect(budget.forRound().mayRead(viewOf('ada'))).toBe(false);
    pass(4_001);
    expect(budget.forRound().mayRead(viewOf('ada'))).toBe(true);
  });
});
