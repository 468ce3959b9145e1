import fc from 'fast-check';
import { RecordId } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import type { PlanNode } from '../../plans/plan.ts';
import { plan } from '../../testing/simple-plans.ts';
import { apply } from '../../testing/tab.ts';
import { digestOf } from '../../wire/digest.ts';
import { stateOf } from '../maintain/state-of.ts';
import { rowEncoder } from '../row.ts';
import { digestOfState, type ViewState } from '../state.ts';
import { diff, frameOf, isEmpty } from './diff.ts';
import { splicesOf } from './splices.ts';

const encodeRow = rowEncoder('a-key-of-a-test-that-has-32-characters-or-more');
const NODE = {
  parent: -1,
  name: '',
  many: true,
  single: false,
  shows: 'rows' as const,
  field: '',
  linkColumn: undefined,
  readsReader: undefined,
  readerMembers: [],
  follows: [],
  columns: 'all' as const,
  order: [{ field: 'id', column: 'id', descending: false }],
  count: 10_001,
  fetched: 10_001,
  permission: { kind: 'all' as const },
};
const NODES: PlanNode[] = [
  { ...NODE, index: 0, table: 'team', plan: plan('team') },
  { ...NODE, index: 1, parent: 0, name: 'tasks', table: 'task', plan: plan('task'), columns: ['id', 'title'] },
  {
    ...NODE,
    index: 2,
    parent: 1,
    name: 'owner',
    many: false,
    linkColumn: '~owner',
    table: 'person',
    plan: plan('person'),
  },
];

const person = fc.record({ id: fc.nat(3).map((key) => new RecordId('person', key)), name: fc.nat(2) });
const task = fc
  .record({
    id: fc.nat(9).map((key) => new RecordId('task', key)),
    title: fc.nat(2),
    owner: fc.array(person, { maxLength: 1 }),
  })
  .map((row) => ({ ...row, '~owner': row.owner[0]?.id }));
const unique = { selector: (row: { id: RecordId }) => String(row.id) };
const team = fc.record({
  id: fc.nat(5).map((key) => new RecordId('team', key)),
  title: fc.nat(2),
  tasks: fc.uniqueArray(task, unique),
});
/** A row has the same fields wherever it appears, as in one snapshot. A task has one team. */
const result = fc.uniqueArray(team, unique).map((teams) => {
  const titles = new Map<string, unknown>();
  const same = (id: RecordId, value: unknown): unknown => {
    const known = titles.get(String(id)) ?? value;
    titles.set(String(id), known);
    return known;
  };
  const owners = new Map<string, unknown>();
  const teamOf = new Map<string, RecordId>();
  return teams.map((row) => ({
    ...row,
    tasks: row.tasks
      .filter(({ id }) => row.id === getOrAdd(teamOf, String(id), row.id))
      .map((item) => {
        if (!owners.has(String(item.id)))
          owners.set(
            String(item.id),
            item.owner.map((who) => ({ ...who, name: same(who.id, who.name) })),
          );
        const owner = owners.get(String(item.id));
        return {
          ...item,
          title: same(item.id, item.title),
          owner,
          '~owner': Array.isArray(owner) ? owner[0]?.id : undefined,
        };
      }),
  }));
});

function getOrAdd<Value>(map: Map<string, Value>, key: string, value: Value): Value {
  const known = map.get(key) ?? value;
  map.set(key, known);
  return known;
}

type Nodes = Parameters<typeof apply>[0];
const fail = (text: string): never => {
  throw new Error(text);
};

function digestOfClient(nodes: Nodes): string {
  return digestOf(
    NODES.map(({ index, parent }) => ({
      parent,
      lists: nodes.get(index)?.lists ?? new Map(),
      hashOf: (key) => nodes.get(index)?.rows.get(key)?.hash,
    })),
  );
}

describe('a difference', () => {
  it('turns what a client has into the view, for any sequence of states', () => {
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 5 }), (results) => {
        const client: Nodes = new Map();
        let before: ViewState | undefined;
        for (const rows of results) {
          const after = stateOf(NODES, rows, encodeRow, { before });
          apply(client, JSON.parse(frameOf('delta', 1, diff(NODES, before, after))), fail);
          expect(digestOfClient(client)).toBe(digestOfState(NODES, after));
          for (const [index, node] of after.nodes.entries()) {
            for (const [key, row] of node.rows)
              expect(client.get(index)?.rows.get(key)?.row).toEqual(JSON.parse(row.row.json));
          }
          before = after;
        }
        if (before) expect(isEmpty(diff(NODES, before, before))).toBe(true);
      }),
    );
  });

  it('contains one row if one of 10,000 rows has changed', () => {
    const rows = Array.from({ length: 10_000 }, (_, key) => ({ id: new RecordId('team', key), n: 0, tasks: [] }));
    const before = stateOf(NODES, rows, encodeRow);
    const after = stateOf(
      NODES,
      rows.map((row, at) => (at === 5_000 ? { ...row, n: 1 } : row)),
      encodeRow,
      { before },
    );
    expect(diff(NODES, before, after)).toEqual({
      rows: [[0, 'team:5000', after.nodes[0]?.rows.get('team:5000')?.row]],
      lists: [],
    });
  });

  it('contains neither related rows nor link columns', () => {
    const id = new RecordId('task', 1);
    const owner = new RecordId('person', 1);
    const state = stateOf(
      NODES,
      [{ id: new RecordId('team', 1), tasks: [{ id, '~owner': owner, owner: [] }] }],
      encodeRow,
    );
    expect(state.nodes[1]?.rows.get('task:1')?.row.json).toBe('{"id":{"$r":["task",1]}}');
    expect(state.nodes[2]?.links).toEqual(new Map([['task:1', 'person:1']]));
  });
});

describe('splicesOf', () => {
  const keys = fc.uniqueArray(fc.nat(20).map(String));

  it('turns one list into another', () => {
    fc.assert(
      fc.property(keys, keys, (before, after) => {
        const list = [...before];
        for (const [at, remove, insert] of splicesOf(before, after)) list.splice(at, remove, ...insert);
        expect(list).toEqual(after);
      }),
    );
  });

  it.for([
    [['a', 'b', 'c'], ['a', 'b', 'c'], []],
    [['a', 'b', 'c'], ['a', 'c'], [[1, 1, []]]],
    [['a', 'b', 'c'], ['n', 'a', 'b', 'c'], [[0, 0, ['n']]]],
    [
      ['a', 'b', 'c', 'd'],
      ['d', 'a', 'b', 'c'],
      [
        [0, 0, ['d']],
        [4, 1, []],
      ],
    ],
  ] as const)('turns %j into %j with %j', ([before, after, splices]) => {
    expect(splicesOf(before, after)).toEqual(splices);
  });
});
