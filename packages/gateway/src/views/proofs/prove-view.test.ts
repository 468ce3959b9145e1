import type { Queries } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { ADA, liveCompiler } from '../../testing/live-fixture.ts';
import { plan } from '../../testing/simple-plans.ts';
import { stateOf } from '../maintain/state-of.ts';
import { Registry } from '../registry.ts';
import { rowEncoder } from '../row.ts';
import type { Subscriber } from '../subscriber.ts';
import { proveView } from './prove-view.ts';

const encodeRow = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');

/** A view that shows no row, to a tab whose own session selects one. */
function stage() {
  const row = { id: new RecordId('team', 'a') };
  const query = async () => [row];
  const engine = { query, queryAll: query } as unknown as Queries;
  const tab: Subscriber = { reader: ADA, engine, unsentBytes: 0, send: () => undefined, close: () => undefined };
  const registry = new Registry();
  const compiled = liveCompiler()(plan('team'), ADA);
  const view = registry.viewOf(compiled, tab);
  view.status = { kind: 'shown', state: stateOf(compiled.nodes, [], encodeRow) };
  registry.attach(registry.enter(tab), view, compiled.plan, 0, undefined);
  return { registry, tab, view };
}

describe('a proof', () => {
  it('finds a view that keeps showing other rows than its reader may see', async () => {
    const { tab, view } = stage();
    expect(await proveView(view, tab, { encodeRow, nextWholeRound: async () => undefined })).toBe('different');
  });

  it('says nothing about a view that its readers leave meanwhile, because rounds no longer update it', async () => {
    const { registry, tab, view } = stage();
    const nextWholeRound = async (): Promise<void> => registry.leave(tab, 0);
    expect(await proveView(view, tab, { encodeRow, nextWholeRound })).toBe('unknown');
  });
});
