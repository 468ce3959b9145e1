import { describe, expect, it } from 'vitest';
import { runLoad } from './testing/load/run-load.ts';

/** A shorter form of `npm run load -- --minutes 10`, whose results are in docs/benchmarks.md. */
const SECONDS = 25;

describe('200 clients, 50 of them with a live query, for 25 seconds', () => {
  it('lose no notification, receive no foreign one, and leave nothing behind, in constant memory', {
    timeout: 10 * SECONDS * 1000,
  }, async () => {
    const { clients, done, heard, memory, left, problems } = await runLoad({ seconds: SECONDS });
    expect(problems).toEqual([]);
    expect(clients).toBe(200);
    expect(heard).toBe(done.create + done.update + done.delete);
    for (const [deed, times] of Object.entries(done)) expect(times, deed).toBeGreaterThan(0);
    expect(memory).toMatchObject({ flat: true });
    expect(left).toEqual({ connections: 0, sessions: 0, sockets: 0, liveQueries: 0 });
  });
});
