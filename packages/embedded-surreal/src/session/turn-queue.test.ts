import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

it('starts work in order, runs only shared turns together, and finishes all of it', async () => {
  const jobs = fc.array(fc.record({ exclusive: fc.boolean(), steps: fc.nat(3), fails: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(jobs, async (work) => {
      const queue = new TurnQueue();
      const started: number[] = [];
      const running = new Set<number>();
      const results = await Promise.allSettled(
        work.map(({ exclusive, steps, fails }, number) => {
          const job = async (): Promise<number> => {
            started.push(number);
            running.add(number);
            for (let step = 0; step <= steps; step += 1) {
              if (exclusive) expect([...running]).toEqual([number]);
              for (const other of running) if (other !== number) expect(work[other]?.exclusive).toBe(false);
              await Promise.resolve();
            }
            running.delete(number);
            if (fails) throw new Error('failed');
            return number;
          };
          return exclusive ? queue.exclusive(job) : queue.shared(job);
        }),
      );
      expect(started).toEqual(work.map((_, number) => number));
      expect(results.map(({ status }) => status === 'rejected')).toEqual(work.map(({ fails }) => fails));
    }),
  );
});
