import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../errors.ts';
import { backoff } from './backoff.ts';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connection-state.ts';

const error = new ClientError('SPOOKY_CLIENT_NOT_CONNECTED', 'x');

describe('the connection', () => {
  const events: ConnectionEvent[] = [
    { type: 'opened' },
    { type: 'lost', error },
    { type: 'refused' },
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

  it('stays closed, and otherwise reflects the last event', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sequence) => {
        const end = sequence.reduce(nextConnectionState, { kind: 'connecting' } as ConnectionState);
        const last = sequence.at(-1)?.type;
        if (sequence.some(({ type }) => type === 'close')) expect(end.kind).toBe('closed');
        else if (last === 'lost') expect(end.kind).toBe('reconnecting');
        else if (last === 'refused') expect(end.kind).toBe('needs-auth');
        else if (last === 'opened') expect(end.kind).toBe('connected');
      }),
    );
  });

  it('reports why it has stopped by itself', () => {
    expect(nextConnectionState({ kind: 'connected' }, { type: 'close', error })).toEqual({ kind: 'closed', error });
  });

  it('waits longer after each failure, up to ten seconds, with a random part', () => {
    expect([0, 1, 2, 3, 10, 1e9].map((attempt) => backoff(attempt, 1))).toEqual([250, 500, 1000, 2000, 10_000, 10_000]);
    expect(backoff(3, 0)).toBe(1000);
  });
});
