/** Writes the matrix as a page that people can review: one table for each table of the schema. */
import type { Cell, Column, RowCell } from './cells.ts';

const HEAD = `# Permissions

Who may read and write which field. A test writes this page: \`npx vitest run tests/permissions\` queries a real database in each
role, with every statement and every known way around a permission, and compares the results with this page. After an intended change
of the schema, run it with \`-u\` and review the difference.

| Role | Who it is |
| --- | --- |
| author | The account that made the row. |
| stranger | Another account. |
| … in a transaction | The same two through \`BEGIN\` over the socket, where the engine has no \`$auth\`. |
| deleted user | The session of an account that was deleted, on the rows that it left. |
| service | The database user of a runner or a backend, to which permissions do not apply. |

The server refuses guests, so they have no column. Each cell has four signs:

| Sign | The role may |
| --- | --- |
| \`r\` | read the field |
| \`c\` | set it when it creates a row |
| \`u\` | change it |
| \`x\` | remove it |
| \`(c)\`, \`(u)\` | send it, but the schema stores another value |
| \`-\` | not do this |
`;

export function pageOf(columns: readonly Column[], accounts: Readonly<Record<string, string>>): string {
  const byTable = Map.groupBy(columns, ({ table }) => table);
  const tables = [...byTable].sort(([a], [b]) => (a < b ? -1 : 1)).map(([table, roles]) => tableSection(table, roles));
  const attempts = Object.entries(accounts).map(([name, outcome]) => `- ${name}: ${outcome}`);
  return [HEAD, ...tables, `## Accounts\n\n${attempts.join('\n')}\n`].join('\n');
}

function tableSection(table: string, columns: readonly Column[]): string {
  const [first] = columns;
  const names = Object.keys(first?.fields ?? {});
  const rows = [
    ['', ...columns.map(({ role }) => role)],
    ['---', ...columns.map(() => '---')],
    ['*a row*', ...columns.map((column) => rowText(column.row))],
    ...names.map((name) => [name, ...columns.map(({ role, fields }) => cellText(fields[name], role === 'service'))]),
  ];
  const facts = [
    `A second row with the same values is ${first?.duplicate === 'taken' ? 'accepted' : 'refused'}.`,
    `When a row is deleted, rows that refer to it stay in: ${first?.leaves.join(', ') || 'no table'}.`,
  ];
  return [`## ${table}`, '', ...facts, '', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}

function rowText({ create, update, delete: deletes }: RowCell): string {
  const may = [create === 'yes' && 'creates', update === 'yes' && 'changes', deletes === 'yes' && 'deletes'];
  return may.filter((word) => word !== false).join(', ') || '-';
}

function cellText(cell: Cell | undefined, isService: boolean): string {
  if (cell === undefined) return '';
  const written = (letter: string, attempt: Cell['create']): string =>
    attempt === 'set' ? letter : attempt === 'ignored' ? `(${letter})` : '-';
  const read = cell.read === 'yes' ? 'r' : cell.read === 'no' ? '-' : cell.read;
  // Some limits belong to permissions, which do not apply to a service.
  const wrong = cell.wrong.length === 0 || isService ? '' : ` WRONG ${cell.wrong.join(', ')}`;
  return `${read} ${written('c', cell.create)} ${written('u', cell.update)} ${cell.clear === 'yes' ? 'x' : '-'}${wrong}`;
}
