import { describe, expect, it } from 'vitest';
import { runLoad } from './testing/load/run-load.ts';

/** A shorter form of `npm run load -- --minutes 10`, whose results are in docs/benchmarks.md. */
const SECONDS = 25;

describe('200 clients, 50 of them with a live query, for 25 seconds', () => {
  it('lose no notification, receive no foreign one, and leave nothing behind, in constant memory', {
    timeout: 10 * SECONDS * 1000,
  }, async () => {
    const { clients, actions, notifications, memory, remaining, problems } = await runLoad({ seconds: SECONDS });
    expect(problems).toEqual([]);
    expect(clients).toBe(200);
    expect(notifications).toBe(actions.create + actions.update + actions.delete);
    for (const [action, times] of Object.entries(actions)) expect(times, action).toBeGreaterThan(0);
    expect(memory).toMatchObject({ flat: true });
    expect(remaining).toEqual({ connections: 0, sessions: 0, sockets: 0, liveQueries: 0 });
  });
});
