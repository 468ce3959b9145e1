import { describe, expect, it } from 'vitest';
import { createSharedWork } from './shared-work.ts';

const never = new AbortController().signal;

describe('shared work', () => {
  it('runs once for all concurrent callers, and again for later ones', async () => {
    const shared = createSharedWork<number>();
    let runs = 0;
    const work = async () => ++runs;
    await expect(Promise.all([1, 2, 3].map(() => shared.run('a', never, work)))).resolves.toEqual([1, 1, 1]);
    await expect(shared.run('a', never, work)).resolves.toBe(2);
    await expect(Promise.all([shared.run('a', never, work), shared.run('b', never, work)])).resolves.toEqual([3, 4]);
  });

  it('fails for all callers, and runs again for the next one', async () => {
    const shared = createSharedWork<number>();
    const failed = [1, 2].map(() => shared.run('a', never, () => Promise.reject(new Error('no'))));
    for (const result of await Promise.allSettled(failed)) expect(result.status).toBe('rejected');
    await expect(shared.run('a', never, async () => 1)).resolves.toBe(1);
  });

  it('continues while one caller waits, and stops with the last', async () => {
    const shared = createSharedWork<string>();
    const done = Promise.withResolvers<string>();
    const [first, second] = [new AbortController(), new AbortController()];
    let given: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      given = signal;
      return done.promise;
    };
    const results = [shared.run('a', first.signal, work), shared.run('a', second.signal, work)];
    first.abort(new Error('gone'));
    await expect(results[0]).rejects.toThrow('gone');
    expect(given?.aborted).toBe(false);
    second.abort(new Error('gone too'));
    await expect(results[1]).rejects.toThrow('gone too');
    expect(given?.aborted).toBe(true);
    // The next caller must not join the work that was just aborted.
    await expect(shared.run('a', never, async () => 'new')).resolves.toBe('new');
    done.resolve('old');
  });

  it('does not start for a caller whose signal is aborted', async () => {
    const shared = createSharedWork<string>();
    await expect(
      shared.run('a', AbortSignal.abort(new Error('gone')), async () => expect.unreachable()),
    ).rejects.toThrow('gone');
  });
});
