import { expect, it } from 'vitest';
import type { Effect } from './effects.ts';
import { type Call, faultsOf } from './ledger.ts';

const record = 'thread:a';
const call = (event: Call['event'], values: Call['values'] = {}, isStored = true): Call => ({
  event,
  record,
  values,
  isStored,
});
const effect = (event: Effect['event'], title?: string, content?: string): Effect => ({
  event,
  record,
  values: { title, content },
});

const CALLS = [
  call('CREATE', { title: 't1', content: 'c1' }),
  call('UPDATE', { title: 't2' }),
  call('UPDATE', { content: 'c2' }),
  call('UPDATE', { title: 't3' }),
  call('DELETE'),
];
const created = effect('CREATE', 't1', 'c1');
const ended = effect('DELETE');

it.each([
  ['each call has an effect', [created, effect('UPDATE', 't2', 'c1'), effect('UPDATE', 't2', 'c2')]],
  ['updates were sent as one', [created]],
  ['updates were sent with the create', []],
])('accepts effects if %s', (_, first) => {
  const last = first.length === 0 ? effect('CREATE', 't3', 'c2') : effect('UPDATE', 't3', 'c2');
  expect(faultsOf(CALLS, [...first, last, ended])).toEqual([]);
});

it('accepts that a write is missing or made if its tab was killed before it was stored', () => {
  const calls = [call('CREATE', { title: 't1', content: 'c1' }), call('UPDATE', { title: 't2' }, false)];
  expect(faultsOf(calls, [created])).toEqual([]);
  expect(faultsOf(calls, [created, effect('UPDATE', 't2', 'c1')])).toEqual([]);
});

it.each<[string, readonly Effect[]]>([
  ['CREATE was lost', []],
  ['CREATE was doubled', [created, created]],
  ['DELETE was lost', [created, effect('UPDATE', 't3', 'c2')]],
  ['DELETE was doubled', [created, ended, ended]],
  ['DELETE is not the last one', [created, ended, effect('UPDATE', 't3', 'c2')]],
  ['title was lost: t3', [created, effect('UPDATE', 't2', 'c2'), ended]],
  ['content was lost: c2', [created, effect('UPDATE', 't3', 'c1'), ended]],
  ['title was reordered: t2 after t3', [created, effect('UPDATE', 't3', 'c1'), effect('UPDATE', 't2', 'c2'), ended]],
  ['an update was doubled', [created, effect('UPDATE', 't3', 'c2'), effect('UPDATE', 't3', 'c2'), ended]],
  ['title is t9, which nobody wrote', [created, effect('UPDATE', 't9', 'c2'), effect('UPDATE', 't3', 'c2'), ended]],
])('finds that %s', (fault, effects) => {
  expect(faultsOf(CALLS, effects).join('\n')).toContain(`${record}: ${fault}`);
});
