import { RecordId } from 'surrealdb';
import { expect, it } from 'vitest';
import { plan, simpleCompiler } from '../testing/simple-plans.ts';
import { createTab } from '../testing/tab.ts';
import { Delivery } from './delivery.ts';
import { LateViews } from './late-views.ts';
import { Registry } from './registry.ts';
import { rowEncoder } from './row.ts';
import { stateOf } from './state.ts';
import type { Outcome, View } from './view.ts';

const ADA = new RecordId('person', 'ada');
const compile = simpleCompiler({})();

/** One socket that holds the views of some tables, each answered in round 1. */
function started(...tables: readonly string[]) {
  const registry = new Registry();
  const late = new LateViews(registry, { mayRead: () => true });
  const limits = { unsentMaxBytes: 1_000_000, behindMaxMs: 1_000, maxBytes: 1_000_000, maxBytesPerReader: 1_000_000 };
  const delivery = new Delivery(
    registry,
    late,
    limits,
    () => 0,
    () => undefined,
  );
  const tab = createTab({ reader: ADA, engine: { queryAll: unused, query: unused } });
  const socket = registry.enter(tab);
  const views = tables.map((table) => {
    const compiled = compile(plan(table), ADA);
    const view = registry.viewOf(compiled, tab);
    registry.hold(socket, view, plan(table), 1, undefined);
    return view;
  });
  /** Publishes a round that has read these views, each with so many rows. */
  const publish = (round: number, ...read: readonly (readonly [View, number])[]): void => {
    const outcomes = read.map(([view, count]) => [view, outcomeOf(view, count)] as const);
    delivery.publish(round, 0, new Map(outcomes));
  };
  const commits = (): number[] => tab.frames.flatMap((frame) => (frame.type === 'commit' ? [frame.round] : []));
  publish(1, ...views.map((view) => [view, 1] as const));
  return { registry, late, delivery, socket, views: views as [View, View], publish, commits };
}

const unused = (): never => {
  throw new Error('Nothing here is read by the engine.');
};
const encode = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');

function outcomeOf({ compiled, status }: View, count: number): Outcome {
  const rows = Array.from({ length: count }, (_, key) => ({ id: new RecordId(compiled.nodes[0]?.table ?? '', key) }));
  return {
    kind: 'read',
    state: stateOf(compiled.nodes, rows, encode, status.kind === 'shown' ? status.state : undefined),
  };
}

it('sends the end of every round that a socket expects, also of those it begins to expect while one is read', () => {
  const { delivery, socket, publish, commits } = started();
  delivery.expect(socket, 2);
  delivery.expect(socket, 3);
  delivery.expect(socket, 3);
  for (const round of [1, 2, 3, 4]) publish(round);
  expect(commits()).toEqual([2, 3]);
});

it('counts a round for a socket only when its late views have been read', () => {
  const { late, delivery, socket, views, publish, commits } = started('team', 'task');
  const [team, task] = views;
  delivery.expect(socket, 2);
  late.add(task, 2);
  publish(2, [team, 2]);
  expect(commits()).toEqual([1, 1]);
  late.add(task, 3);
  late.add(team, 3);
  publish(3);
  expect(commits()).toEqual([1, 1]);
  late.remove(task);
  publish(4, [task, 2]);
  expect(commits()).toEqual([1, 1, 2]);
  late.remove(team);
  publish(5);
  expect(commits()).toEqual([1, 1, 2]);
  delivery.expect(socket, 6);
  publish(6, [team, 3]);
  expect(commits()).toEqual([1, 1, 2, 6]);
});

it('owes a round to a socket that has left the view for which it waited', () => {
  const { registry, late, delivery, socket, views, publish, commits } = started('team', 'task');
  delivery.expect(socket, 2);
  late.add(views[1], 2);
  publish(2);
  expect(delivery.owesRound).toBe(false);
  const holding = socket.holdings.get(views[1]);
  if (holding) registry.drop(holding, 0);
  expect(delivery.owesRound).toBe(true);
  publish(3);
  expect([delivery.owesRound, commits()]).toEqual([false, [1, 3]]);
});
