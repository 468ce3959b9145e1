import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientError } from '../errors.ts';
import { initialLiveState, type LiveEvent, nextLiveState } from './live-state.ts';

const error = new ClientError('SPOOKY_CLIENT_NOT_CONNECTED', 'x');

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

  it('keeps its state if nothing has changed', () => {
    const data = [{ id: 1, title: 'x' }];
    const ready = nextLiveState(initialLiveState(), { type: 'result', data });
    expect(nextLiveState(ready, { type: 'result', data })).toBe(ready);
  });
});
