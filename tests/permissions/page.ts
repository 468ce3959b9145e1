/** The matrix as a page that people can review: one table for each table of the schema. */
import type { Cell, Column, RowCell } from './cells.ts';

const HEAD = `# Who may do what

Made by trying: \`npx vitest run tests/permissions\` asks a real database in each role, by every statement and every path that
is known to lead around a permission, and compares with this page. After a change of the schema that is meant, run it with \`-u\`
and review the difference.

- **author**: the account whose rows these are. **stranger**: another account. **in a transaction**: the same two through
  \`BEGIN\` over the socket, where the engine has no \`$auth\`. **deleted user**: the session of an account that is gone, on the rows it
  left. **service**: the user of a runner or a backend, which permissions do not bind. Guests are refused by the server.
- \`r\` reads the field. \`c\` may give it when making a row, \`u\` may change it (in brackets: may send it, and the schema puts
  another value), \`x\` may take it away. \`-\` may not.
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
    `A second row with the same values is ${first?.duplicate}.`,
    `When a row is deleted, those about it stay in: ${first?.leaves.join(', ') || 'no table'}.`,
  ];
  return [`## ${table}`, '', ...facts, '', ...rows.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}

function rowText({ create, update, delete: deletes }: RowCell): string {
  const may = [create === 'yes' && 'makes', update === 'yes' && 'changes', deletes === 'yes' && 'deletes'];
  return may.filter((word) => word !== false).join(', ') || '-';
}

function cellText(cell: Cell | undefined, isService: boolean): string {
  if (cell === undefined) return '';
  const written = (letter: string, attempt: Cell['create']): string =>
    attempt === 'set' ? letter : attempt === 'ignored' ? `(${letter})` : '-';
  const read = cell.read === 'yes' ? 'r' : cell.read === 'no' ? '-' : cell.read;
  // Some limits are the permissions', which do not bind a service.
  const wrong = cell.wrong.length === 0 || isService ? '' : ` WRONG ${cell.wrong.join(', ')}`;
  return `${read} ${written('c', cell.create)} ${written('u', cell.update)} ${cell.clear === 'yes' ? 'x' : '-'}${wrong}`;
}
