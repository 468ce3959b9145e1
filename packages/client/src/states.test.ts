import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff } from './connection.ts';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connection-state.ts';
import { ClientError } from './errors.ts';
import { initialLiveState, type LiveEvent, nextLiveState } from './live-state.ts';

const error = new ClientError('SPOOKY_CLIENT_NOT_CONNECTED', 'x');

describe('the connection', () => {
  const events: ConnectionEvent[] = [
    { type: 'opened' },
    { type: 'lost', error },
    { type: 'refused' },
    { type: 'admitted' },
    { type: 'renew' },
    { type: 'close' },
  ];

  it('counts failed attempts until it is open again', () => {
    const states: ConnectionState[] = [{ kind: 'connecting' }];
    for (const type of ['lost', 'lost', 'opened', 'lost'] as const) {
      const state = states.at(-1) ?? { kind: 'closed' };
      states.push(nextConnectionState(state, type === 'lost' ? { type, error } : { type }));
    }
    expect(states.map((state) => (state.kind === 'reconnecting' ? state.attempt : state.kind))).toEqual([
      'connecting',
      0,
      1,
      'connected',
      0,
    ]);
  });

  it('is closed for good, and otherwise shows the last event', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sequence) => {
        const end = sequence.reduce(nextConnectionState, { kind: 'connecting' } as ConnectionState);
        const last = sequence.at(-1)?.type;
        if (sequence.some(({ type }) => type === 'close')) expect(end.kind).toBe('closed');
        else if (last === 'lost') expect(end.kind).toBe('reconnecting');
        else if (last === 'refused') expect(end.kind).toBe('needs-auth');
        else if (last === 'opened' || last === 'admitted') expect(end.kind).toBe('connected');
      }),
    );
  });

  it('waits longer each time, up to ten seconds, never in step with others', () => {
    expect([0, 1, 2, 3, 10, 1e9].map((attempt) => backoff(attempt, 1))).toEqual([250, 500, 1000, 2000, 10_000, 10_000]);
    expect(backoff(3, 0)).toBe(1000);
  });
});

describe('a watched query', () => {
  const events = fc.oneof(
    fc.record({ type: fc.constant('result' as const), data: fc.constantFrom([], [{ id: 1 }], [{ id: 1 }, { id: 2 }]) }),
    fc.constantFrom<LiveEvent>({ type: 'failed', error }, { type: 'lost' }, { type: 'cleared' }, { type: 'retried' }),
  );

  it('shows the last full result and nothing older than the last clearing', () => {
    fc.assert(
      fc.property(fc.array(events), (sequence) => {
        const end = sequence.reduce(nextLiveState, initialLiveState());
        const since = sequence.slice(sequence.findLastIndex(({ type }) => type === 'cleared') + 1);
        const expected = since.findLast((event) => event.type === 'result');
        expect(end.data).toEqual(expected?.type === 'result' ? expected.data : undefined);
        if (end.kind === 'ready') expect(expected).toBeDefined();
        expect(end.kind === 'failed').toBe(end.error !== undefined);
      }),
    );
  });

  it('tells nothing when nothing has changed', () => {
    const ready = nextLiveState(initialLiveState(), { type: 'result', data: [{ id: 1, title: 'x' }] });
    expect(nextLiveState(ready, { type: 'result', data: [{ id: 1, title: 'x' }] })).toBe(ready);
  });
});
