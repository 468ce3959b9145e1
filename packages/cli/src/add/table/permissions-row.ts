import { TEXT_LIMIT } from './definition.ts';
import { insertBefore } from './insert-before.ts';
import type { TableNames } from './names.ts';

/** The line that ends the rows in \`tests/permissions/fixture.ts\`; new ones are written before it. */
const ROWS_MARK = '// spooky add table: new tables come before this line';

/** The rows by which the permissions are tried, with one of this table; undefined when they have no mark. */
export function withRow(fixture: string, { table }: TableNames): string | undefined {
  const entry = `${table}: {
      key,
      fields: {
        owner: { value: user, forged: other, wrong: ['me'] },
        text: { value: \`text of \${key}\`, forged: 'forged text', wrong: ['', ' ', long(${TEXT_LIMIT + 1}), 7] },
        created_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
        updated_at: { value: PAST, forged: FUTURE, wrong: ['yesterday'] },
      },
      create: { text: 'a text' },
    },
    `;
  return insertBefore(ROWS_MARK, fixture, entry);
}
