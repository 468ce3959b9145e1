import { insertBefore } from './insert-before.ts';
import { capitalized, type TableNames } from './names.ts';

/** The line that ends the pages in \`pages.ts\`; new ones are written before it. */
const PAGES_MARK = '// spooky add table: new pages come before this line';

/** The list of pages with one more; undefined when it has no mark. */
export function withPage(pages: string, { file, page, many }: TableNames): string | undefined {
  return insertBefore(
    PAGES_MARK,
    pages,
    `{
    path: '/${page}',
    label: '${capitalized(many)}',
    load: () => import('./${file}/${page}-page.tsx'),
  },
  `,
  );
}

/** Whether a page of the list has this address. */
export function hasPage(pages: string, { page }: TableNames): boolean {
  return pages.includes(`path: '/${page}'`);
}
