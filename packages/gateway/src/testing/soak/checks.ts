/* What must hold of every row and of every commit. Pure functions of what was sent. */
import type { WireRow } from '../../wire/frames.ts';
import type { WatchedView } from './watched-view.ts';

/** The sum of the amounts of a person's notes. Transfers within a transaction keep it. */
export const TOTAL = 1_000;

/** What is wrong with a row that a tab of `user` was sent; undefined if nothing. */
export function checkRow(table: string, key: string, row: WireRow, user: string): string | undefined {
  if (!key.startsWith(`${table}:`)) return `${key} is not a row of ${table}`;
  if ('secret' in row) return `${key} was sent with a hidden field`;
  const owner = keyOf(row.owner);
  if ((table === 'note' || table === 'parcel') && owner !== user) return `${key} belongs to ${owner}`;
  if (table === 'board' && owner !== user && row.is_public !== true) return `${key} is a private board of ${owner}`;
  return undefined;
}

/** What is wrong with a tab at a commit. `views` has the answered ones by the name of their plan. */
export function checkTab(views: ReadonlyMap<string, WatchedView>, user: string): string | undefined {
  const versions = new Set(views.get('parcels')?.rows.map(({ version }) => version));
  if (versions.size > 1) return `half of a bulk statement shows: the versions ${[...versions].join(', ')}`;
  const notes = views.get('notes')?.rows;
  const sum = notes?.reduce((total, { amount }) => total + (typeof amount === 'number' ? amount : 0), 0);
  if (sum !== undefined && sum !== TOTAL) return `half of a transaction shows: the sum of the amounts is ${sum}`;
  for (const view of views.values()) {
    const problem = checkCards(view, user);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A card shows below its own board, or in a list of the person's own cards. */
function checkCards({ nodes }: WatchedView, user: string): string | undefined {
  for (const { plan, parent, lists, rows } of nodes) {
    if (plan.table !== 'card') continue;
    for (const [above, keys] of lists) {
      for (const key of keys) {
        const row = rows.get(key)?.row ?? {};
        if (parent === -1 && keyOf(row.owner) !== user) return `${key} belongs to ${keyOf(row.owner)}`;
        if (parent !== -1 && `board:${keyOf(row.board)}` !== above)
          return `${key} of ${keyOf(row.board)} is shown under ${above}`;
      }
    }
  }
  return undefined;
}

/** The key of a record id in its wire form. */
function keyOf(value: unknown): string {
  const id: unknown = Object(value).$r;
  return Array.isArray(id) ? String(id[1]) : '';
}
