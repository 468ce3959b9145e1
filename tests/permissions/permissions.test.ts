import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountsOf } from './accounts.ts';
import type { Cell, Column } from './cells.ts';
import { type Clause, clausesOf, readSchema } from './clauses.ts';
import { allCellsOf, cellsOf, columnsOf, rowsOf, tableCellsOf } from './matrix.ts';
import { pageOf } from './page.ts';
import { openStage, type Stage } from './people.ts';
import { brokenRules } from './rules.ts';

let stage: Stage;
const columns: Column[] = [];
let accounts: Readonly<Record<string, string>>;

beforeAll(async () => {
  stage = await openStage();
  for await (const column of columnsOf(stage)) columns.push(column);
  accounts = await accountsOf(stage);
}, 300_000);
afterAll(() => stage.close());

it('gives every role what the page says, and nothing by another path', async () => {
  await expect(pageOf(columns, accounts)).toMatchFileSnapshot('../../docs/permissions.md');
  const cells = columns.flatMap(({ table, role, fields }) =>
    Object.entries(fields).map(([field, cell]) => ({ role, cell: `${table}.${field}`, ...cell })),
  );
  expect(cells.filter(({ read }) => read.startsWith('LEAK'))).toEqual([]);
  // Some limits belong to permissions, which do not apply to a service.
  expect(cells.filter(({ role, wrong }) => role !== 'service' && wrong.length > 0)).toEqual([]);
});

it('hides nothing by field permissions, and never compares with an absent user', async () => {
  expect(brokenRules(await readSchema(stage.root))).toEqual([]);
});

it('notices the removal of any clause of the schema', async () => {
  const clauses = clausesOf(await readSchema(stage.root));
  expect(clauses.length).toBeGreaterThan(100);
  const unnoticed: string[] = [];
  for (const clause of clauses) {
    await stage.root.query(clause.remove);
    try {
      if (!(await isNoticed(clause))) unnoticed.push(clause.name);
    } finally {
      await stage.root.query(clause.restore);
    }
  }
  expect(unnoticed).toEqual([]);
}, 1_800_000);

/** Whether a rule or a cell differs. Begins with the cells that the clause concerns most, because each takes a while. */
async function isNoticed({ at }: Clause): Promise<boolean> {
  if (brokenRules(await readSchema(stage.root)).length > 0) return true;
  if (at === 'accounts') return differ(await accountsOf(stage), accounts);
  const { table: first, fields } = at;
  const columnOf = (table: string, role: string): Column | undefined =>
    columns.find((column) => column.table === table && column.role === role);
  const isChanged = (role: string, field: string, cell: Cell): boolean =>
    differ(cell, columnOf(first, role)?.fields[field]);
  for (const field of [...fields, 'id']) {
    for await (const [role, cell] of cellsOf(stage, first, field)) if (isChanged(role, field, cell)) return true;
  }
  for await (const [role, row] of rowsOf(stage, first)) if (differ(row, columnOf(first, role)?.row)) return true;
  for await (const [role, { duplicate, leaves }] of tableCellsOf(stage, first)) {
    const before = columnOf(first, role);
    if (differ([duplicate, leaves], [before?.duplicate, before?.leaves])) return true;
  }
  for await (const [role, field, cell] of allCellsOf(stage, first)) if (isChanged(role, field, cell)) return true;
  for await (const column of columnsOf(stage)) {
    if (differ(column, columnOf(column.table, column.role))) return true;
  }
  return false;
}

const differ = (now: unknown, before: unknown): boolean => JSON.stringify(now) !== JSON.stringify(before);
