import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinkEvent, type LinkState, nextState, pauseMs } from './state.ts';

const STEADY_MS = 1_000;
const reason = fc.constantFrom('SPOOKY_LINK_AWAY', 'SPOOKY_LINK_SILENT', 'SPOOKY_LINK_SIGN_IN_REFUSED');
const at = fc.nat(100_000);
const event: fc.Arbitrary<LinkEvent> = fc.oneof(
  fc.constant<LinkEvent>({ type: 'open' }),
  fc.record({ type: fc.constant('connected'), at }),
  fc.record({ type: fc.constant('failed'), reason }),
  fc.record({ type: fc.constant('gave-up'), reason }),
  fc.record({ type: fc.constant('lost'), at, reason }),
  fc.constant<LinkEvent>({ type: 'retry' }),
);
const events = fc.array(event, { maxLength: 60 });

/** The states that a sequence of events leads through, including the first one. */
function walk(run: readonly LinkEvent[], from: LinkState = { kind: 'idle' }): LinkState[] {
  const states = [from];
  for (const next of run) states.push(nextState(states.at(-1) ?? from, next, STEADY_MS));
  return states;
}

const FOLLOWS: Record<LinkState['kind'], readonly LinkState['kind'][]> = {
  idle: ['connecting', 'closed'],
  connecting: ['connected', 'waiting', 'gave-up', 'closed'],
  connected: ['waiting', 'closed'],
  waiting: ['connecting', 'closed'],
  'gave-up': ['closed'],
  closed: [],
};

describe('nextState, in any order of events', () => {
  it('follows only the transitions of the diagram, and otherwise keeps the state', () => {
    fc.assert(
      fc.property(events, (run) => {
        const states = walk(run);
        for (const [index, state] of states.entries()) {
          const before = states[index - 1];
          if (before === undefined || before === state) continue;
          expect(FOLLOWS[before.kind]).toContain(state.kind);
        }
      }),
    );
  });

  it('stays closed once it is closed', () => {
    fc.assert(
      fc.property(events, events, (before, after) => {
        const closed = walk([...before, { type: 'close' }]).at(-1);
        expect(closed).toEqual({ kind: 'closed' });
        expect(walk(after, closed).at(-1)).toBe(closed);
      }),
    );
  });

  it('counts consecutive failures, and resets the count only after a lasting connection', () => {
    fc.assert(
      fc.property(events, (run) => {
        const states = walk(run);
        for (const [index, next] of run.entries()) {
          const [before, after] = [states[index], states[index + 1]];
          if (before === undefined || after === undefined || before === after) continue;
          if (after.kind !== 'waiting' || !('failures' in before)) continue;
          const lasted = before.kind === 'connected' && next.type === 'lost' ? next.at - before.since : 0;
          expect(after.failures).toBe(lasted >= STEADY_MS ? 0 : before.failures + 1);
        }
      }),
    );
  });

  it('can connect again from every waiting state', () => {
    fc.assert(
      fc.property(events, (run) => {
        const state = walk(run).at(-1);
        fc.pre(state?.kind === 'waiting');
        const steps: LinkEvent[] = [{ type: 'retry' }, { type: 'connected', at: 0 }];
        expect(walk(steps, state).at(-1)?.kind).toBe('connected');
      }),
    );
  });
});

describe('pauseMs', () => {
  it('stays between half and all of a delay that doubles up to the maximum', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const pause = pauseMs(failures, 50, 1_000, random);
        const full = Math.min(50 * 2 ** Math.max(failures - 1, 0), 1_000);
        expect(pause).toBeGreaterThanOrEqual(full / 2);
        expect(pause).toBeLessThanOrEqual(full);
      }),
    );
  });
});
