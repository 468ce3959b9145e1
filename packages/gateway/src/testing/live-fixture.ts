/* Live views on a real database. They stop when the test finishes. */
import { createLink, type Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { onTestFinished } from 'vitest';
import { createLiveViews } from '../views/live-views.ts';
import type { LiveViewsOptions } from '../views/options.ts';
import type { LiveViews } from '../views/subscriber.ts';
import { type TestDatabase, TOKEN_KEY } from './database.ts';
import { readSimpleSchema, simpleCompiler } from './simple-plans.ts';
import { createTab, type Tab, type TabOptions } from './tab.ts';

export const ADA = new RecordId('person', 'ada');
export const BOB = new RecordId('person', 'bob');
export const WAIT = { timeout: 10_000, interval: 2 };

export const LIVE_SCHEMA = `
  DEFINE TABLE person SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE TABLE team SCHEMALESS PERMISSIONS FOR select FULL;
  DEFINE TABLE task SCHEMALESS PERMISSIONS FOR select WHERE team.is_open = true;
  DEFINE INDEX task_team ON task FIELDS team;
  DEFINE TABLE secret SCHEMALESS PERMISSIONS FOR select WHERE owner = $auth.id;
  DEFINE TABLE riddle SCHEMALESS PERMISSIONS FOR select FULL;`;

export const liveCompiler = simpleCompiler({
  task: { where: 'team.is_open = true', follows: [{ field: 'team', table: 'team', member: 'is_open' }] },
  secret: { where: 'owner = $auth' },
  riddle: { where: 'true', isOfEngine: true },
});

export interface LiveFixture {
  readonly views: LiveViews;
  readonly link: Link;
  /** The errors that were logged. */
  readonly errors: string[];
  tab(more?: Partial<TabOptions>): Tab;
}

export async function startLiveViews(
  database: TestDatabase,
  options: Partial<LiveViewsOptions> = {},
): Promise<LiveFixture> {
  const link = createLink({ ...database.options, waitMs: 5_000 });
  await link.open();
  const errors: string[] = [];
  const views = createLiveViews({
    link,
    tokenKey: TOKEN_KEY,
    readSchema: readSimpleSchema,
    compilerOf: liveCompiler,
    logger: { info: () => undefined, warn: () => undefined, error: (_, message) => errors.push(message) },
    ...options,
  });
  await views.start();
  onTestFinished(async () => {
    await views.stop();
    await link.close();
  });
  return { views, link, errors, tab: (more) => createTab({ reader: ADA, engine: database.owner, ...more }) };
}
