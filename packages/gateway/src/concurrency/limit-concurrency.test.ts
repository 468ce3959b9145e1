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

it('checks a query when its turn comes, and hands its turn on if the check fails', async () => {
  const open = new Map<string, PromiseWithResolvers<never>>();
  const start = (text: string): Promise<never> => {
    const answer = Promise.withResolvers<never>();
    open.set(text, answer);
    return answer.promise;
  };
  const limited = limitConcurrency({ query: start, queryAll: start }, 1);
  let isFull = false;
  const checked = limited.checkedBy(() => {
    if (isFull) throw new Error('full');
  });
  const [first, second, third, fourth] = [
    checked.query('1'),
    checked.query('2'),
    checked.queryAll('3'),
    limited.query('4'),
  ];
  isFull = true;
  open.get('1')?.resolve('one' as never);
  expect(await first).toBe('one');
  await expect(second).rejects.toThrow('full');
  await expect(third).rejects.toThrow('full');
  expect([...open.keys()]).toEqual(['1', '4']);
  open.get('4')?.resolve('four' as never);
  expect(await fourth).toBe('four');
});
