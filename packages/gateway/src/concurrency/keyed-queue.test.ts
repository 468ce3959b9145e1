import { expect, it } from 'vitest';
import { createKeyedQueue } from './keyed-queue.ts';

it('keeps the order within one key, also after a failure, and does not delay other keys', async () => {
  const queue = createKeyedQueue();
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const a = queue.run('a', async () => {
    await first.promise;
    done.push('a1');
    throw new Error('refused');
  });
  const b = queue.run('a', async () => void done.push('a2'));
  await queue.run('b', async () => void done.push('b1'));
  expect(done).toEqual(['b1']);
  first.resolve();
  await expect(a).rejects.toThrow('refused');
  await b;
  expect(done).toEqual(['b1', 'a1', 'a2']);
});
