/* What the tabs of the soak watch. */
import type { WirePlan, WireRelation } from '../../wire/plan.ts';
import type { WireRecordId } from '../../wire/value.ts';

/** One watched plan, and what is known about its result. */
export interface WatchedPlan {
  readonly name: string;
  readonly wire: WirePlan;
  /** False if only the engine evaluates it: such a view may show another moment than the others. */
  readonly isExact: boolean;
}

export const FEED_LIMIT = 20;
const POSTER_VIEWS = 10;
export const POSTERS = 200;

const owner: WireRelation = { name: 'by', many: false, field: 'owner', plan: { table: 'person' } };

/** Cards of a board: a window in which cards move, each with its owner. */
const cards = (limit: number): WireRelation => ({
  name: 'cards',
  many: true,
  field: 'board',
  plan: { table: 'card', orderBy: [{ field: 'rank' }], limit, related: [owner] },
});

const plan = (name: string, wire: WirePlan, isExact = true): WatchedPlan => ({ name, wire, isExact });

/** What every tab watches all the time. */
export function steadyPlans(person: WireRecordId, favourite: WireRecordId): readonly WatchedPlan[] {
  const mine = { field: 'owner', is: 'eq', value: person } as const;
  const author: WireRelation = { name: 'by', many: false, field: 'author', plan: { table: 'person' } };
  return [
    plan('notes', { table: 'note', where: mine }),
    plan('parcels', { table: 'parcel', where: mine }),
    plan('cards', { table: 'card', where: mine, orderBy: [{ field: 'rank', descending: true }] }),
    plan('boards', { table: 'board', where: mine, related: [cards(5), owner] }),
    plan('feed', {
      table: 'message',
      orderBy: [{ field: 'sent', descending: true }],
      limit: FEED_LIMIT,
      related: [author],
    }),
    plan('favourite', {
      table: 'board',
      where: { field: 'id', is: 'eq', value: favourite },
      single: true,
      related: [cards(3)],
    }),
  ];
}

/**
 * Only the engine can evaluate it. Few tabs watch it: the engine reads it for each of them after every change, up to
 * once a second.
 */
export const ENGINE_PLAN: WatchedPlan = plan('riddles', { table: 'riddle' }, false);

/** What a tab watches for a while: boards of everyone, as a window, and the messages of one person. */
export function passingPlans(person: WireRecordId): readonly WatchedPlan[] {
  const isPublic = { field: 'is_public', is: 'eq', value: true } as const;
  return [
    plan('public', { table: 'board', where: isPublic, limit: 12, offset: 2, related: [cards(4), owner] }),
    plan('written', { table: 'message', where: { field: 'author', is: 'eq', value: person }, limit: 5 }),
  ];
}

/** What a tab watches that does not keep up: several windows of large rows. */
export function largePlans(): readonly WatchedPlan[] {
  return Array.from({ length: POSTER_VIEWS }, (_, index) =>
    plan(`posters ${index}`, { table: 'poster', orderBy: [{ field: 'place' }], limit: POSTERS - index }),
  );
}
