import { expect, it } from 'vitest';
import { limitConcurrency } from './limit-concurrency.ts';

it('runs a limited number at once and the others in order, also after a failure', async () => {
  const open = new Map<string, PromiseWithResolvers<never>>();
  const start = (text: string): Promise<never> => {
    const answer = Promise.withResolvers<never>();
    open.set(text, answer);
    return answer.promise;
  };
  const { query, queryAll } = limitConcurrency({ query: start, queryAll: start }, 2);
  const [first, second, third, fourth] = [query('1'), queryAll('2'), query('3'), query('4')];
  expect([...open.keys()]).toEqual(['1', '2']);
  open.get('2')?.reject(new Error('no'));
  await expect(second).rejects.toThrow('no');
  expect([...open.keys()]).toEqual(['1', '2', '3']);
  open.get('1')?.resolve('one' as never);
  expect(await first).toBe('one');
  expect([...open.keys()]).toEqual(['1', '2', '3', '4']);
  for (const answer of open.values()) answer.resolve('x' as never);
  expect(await Promise.all([third, fourth])).toEqual(['x', 'x']);
});
