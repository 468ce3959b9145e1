import { expect, it } from 'vitest';
import { MemoryView, row } from '../../testing/memory-view.ts';
import { plan } from '../../testing/simple-plans.ts';
import { emptyState } from '../state.ts';
import { columnsOf, NodeDraft } from './draft.ts';

it.each(['constructor', 'toString', '__proto__'])('takes a missing field for NONE, also if its name is %s', (name) => {
  const { nodes } = new MemoryView(plan('task'), []).compiled;
  const [node] = nodes;
  const [state] = emptyState(nodes).nodes;
  if (node === undefined || state === undefined) return expect.fail('a plan has a node');
  const columns = columnsOf(new NodeDraft({ ...node, columns: [name] }, state), row('task:1'));
  expect(Object.entries(columns)).toEqual([[name, undefined]]);
});

it('knows which keys of a list have moved only after its first change', () => {
  const { nodes } = new MemoryView(plan('task'), []).compiled;
  const [node] = nodes;
  const [state] = emptyState(nodes).nodes;
  if (node === undefined || state === undefined) return expect.fail('a plan has a node');
  const draft = new NodeDraft(node, state);
  draft.setList('', ['task:1'], new Set(['task:1']));
  expect(draft.moved.get('')).toEqual(new Set(['task:1']));
  draft.setList('', ['task:2', 'task:1'], new Set(['task:2']));
  expect(draft.moved.has('')).toBe(false);
});
