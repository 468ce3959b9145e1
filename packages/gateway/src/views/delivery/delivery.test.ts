import { RecordId } from 'surrealdb';
import { expect, it } from 'vitest';
import { plan, simpleCompiler } from '../../testing/simple-plans.ts';
import { createTab } from '../../testing/tab.ts';
import { stateOf } from '../maintain/state-of.ts';
import { DeferredViews } from '../reading/deferred-views.ts';
import { Registry } from '../registry.ts';
import { rowEncoder } from '../row.ts';

import type { Outcome, View } from '../view.ts';
import { Delivery } from './delivery.ts';

const ADA = new RecordId('person', 'ada');
const compile = simpleCompiler({})();

/** One socket that subscribes to a view of each table. Every view is answered in round 1. */
function started(...tables: readonly string[]) {
  let now = 0;
  const registry = new Registry();
  const deferred = new DeferredViews(registry, { mayRead: () => true });
  const limits = { unsentMaxBytes: 50_000, behindMaxMs: 1_000, maxBytes: 1_000_000, maxBytesPerReader: 1_000_000 };
  const delivery = new Delivery(
    registry,
    deferred,
    limits,
    () => now,
    () => undefined,
  );
  const tab = createTab({ reader: ADA, engine: { queryAll: unused, query: unused } });
  const socket = registry.enter(tab);
  const views = tables.map((table) => {
    const compiled = compile(plan(table), ADA);
    const view = registry.viewOf(compiled, tab);
    registry.attach(socket, view, plan(table), 1, undefined);
    return view;
  });
  /** Publishes a round that has read these views, each with this many rows. */
  const publish = (round: number, ...read: readonly (readonly [View, number])[]): void => {
    const outcomes = read.map(([view, count]) => [view, outcomeOf(view, count)] as const);
    delivery.publish(round, 0, new Map(outcomes));
  };
  const commits = (): number[] => tab.frames.flatMap((frame) => (frame.type === 'commit' ? [frame.round] : []));
  /** Lets time pass, and returns the code that the socket is closed with, if any. */
  const pass = (ms: number): number | undefined => {
    now += ms;
    delivery.sweep();
    return tab.closedWith;
  };
  publish(1, ...views.map((view) => [view, 1] as const));
  return {
    registry,
    deferred,
    delivery,
    socket,
    views: views as [View, View],
    publish,
    commits,
    frames: tab.frames,
    pass,
  };
}

const unused = (): never => {
  throw new Error('Nothing here is read by the engine.');
};
const encode = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');

function outcomeOf({ compiled, status }: View, count: number): Outcome {
  const rows = Array.from({ length: count }, (_, key) => ({ id: new RecordId(compiled.nodes[0]?.table ?? '', key) }));
  return {
    kind: 'read',
    state: stateOf(compiled.nodes, rows, encode, { before: status.kind === 'shown' ? status.state : undefined }),
  };
}

it('sends the end of every expected round, also of one expected while another is being read', () => {
  const { delivery, socket, publish, commits } = started();
  delivery.expectRound(socket, 2);
  delivery.expectRound(socket, 3);
  delivery.expectRound(socket, 3);
  for (const round of [1, 2, 3, 4]) publish(round);
  expect(commits()).toEqual([2, 3]);
});

it('sends nothing to a socket while one of its views is deferred, and then everything as one round', () => {
  const { deferred, delivery, socket, views, publish, commits, frames } = started('team', 'task');
  const [team, task] = views;
  delivery.expectRound(socket, 2);
  deferred.add(task);
  publish(2, [team, 2]);
  publish(3, [team, 3]);
  expect(commits()).toEqual([1]);
  deferred.remove(task);
  deferred.add(team);
  publish(4, [task, 2]);
  expect(commits()).toEqual([1]);
  deferred.remove(team);
  const before = frames.length;
  publish(5, [team, 4]);
  expect(frames.slice(before).map(({ type }) => type)).toEqual(['begin', 'delta', 'delta', 'delta', 'delta', 'commit']);
  publish(6);
  expect(commits()).toEqual([1, 5]);
  publish(7, [team, 5]);
  expect(commits()).toEqual([1, 5, 7]);
});

it('sends snapshots instead of the buffered frames if those are too many or a view was left', () => {
  const { registry, deferred, delivery, socket, views, publish, frames, pass } = started('team', 'task');
  const [team, task] = views;
  for (const [round, rows] of [[2, 2_000] as const, [4, 2] as const]) {
    deferred.add(task);
    publish(round, [team, rows]);
    if (round === 4) {
      const subscription = socket.byView.get(team);
      if (subscription) registry.detach(subscription, 0);
      delivery.detached(socket);
    }
    deferred.remove(task);
    publish(round + 1, [task, rows]);
    const before = frames.length;
    delivery.sweep();
    const snapshots = frames.slice(before).filter(({ type }) => type === 'snapshot').length;
    expect(snapshots).toBe(round === 4 ? 1 : 2);
  }
  expect(pass(60_000)).toBeUndefined();
});

it('closes a socket whose views stay deferred', () => {
  const { deferred, views, publish, pass } = started('team', 'task');
  deferred.add(views[1]);
  publish(2, [views[0], 2]);
  expect(pass(1_000)).toBeUndefined();
  expect(pass(1)).toBe(4408);
});

it('sends the expected round to a socket that has left the view for which it waited', () => {
  const { registry, deferred, delivery, socket, views, publish, commits } = started('team', 'task');
  delivery.expectRound(socket, 2);
  deferred.add(views[1]);
  publish(2);
  expect(delivery.hasOverdueRound).toBe(false);
  const subscription = socket.byView.get(views[1]);
  if (subscription) registry.detach(subscription, 0);
  expect(delivery.hasOverdueRound).toBe(true);
  publish(3);
  expect([delivery.hasOverdueRound, commits()]).toEqual([false, [1, 3]]);
});
