/** What `spooky add route` writes into the app. The project owns it from then on. */
import type { RouteNames } from './names.ts';

/** The code of the route, in the backend. */
export const handlerFile = ({
  path,
  camel,
}: RouteNames): string => `import type { JobHandler } from '../jobs/job-route.ts';

/** \`POST ${path}\`: what it takes and gives is in the spec. */
export function ${camel}(): JobHandler<{ readonly text: string }> {
  return async (job) => {
    job.report(0.5, 'Working');
    // What is returned becomes the job's result. A handler that writes to the database ends with \`return await job.commit(…)\`
    // instead, so that a job that is delivered twice has one effect.
    return { answer: job.payload.text };
  };
}
`;

export const handlerTest = ({ path }: RouteNames): string => `import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliverTo, startTestApi, type TestApi } from '../testing/api.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await startTestDatabase();
  api = await startTestApi({ database: database.settings });
});
afterAll(async () => {
  await api.close();
  await database.close();
});

it('answers', async () => {
  const createdBy = await database.createUser('ada');
  const answer = await deliverTo(api.url, '${path}', { text: 'hello' }, { key: 'job:one', createdBy });
  expect(answer).toMatchObject({ status: 200, body: { answer: 'hello' } });
});

it('refuses what the spec does not allow', async () => {
  const createdBy = await database.createUser('ada');
  const answer = await deliverTo(api.url, '${path}', { text: '' }, { key: 'job:two', createdBy });
  expect(answer).toMatchObject({ status: 422, body: { code: 'SPOOKY_API_PAYLOAD_INVALID' } });
});
`;

/** How a page of the web app calls the route. */
export const hookFile = (
  { path, pascal }: RouteNames,
  backend: string,
  table: string,
): string => `import type { RecordId } from '@spookify/client';
import { useQuery } from '@spookify/solid';
import { createSignal } from 'solid-js';
import { db } from '../db.ts';

/** Calls \`${path}\`: \`start\` makes a job, and \`job\` is the one made last, live. */
export function use${pascal}() {
  const [id, setId] = createSignal<RecordId<'${table}'>>();
  const job = useQuery(db, () => {
    const started = id();
    return started && db.query('${table}').where({ id: started }).one().build();
  });
  return {
    job,
    start: async (payload: { text: string }): Promise<void> => {
      const made = await db.run('${backend}', '${path}', payload);
      setId(made as RecordId<'${table}'>);
    },
  };
}
`;

/** The line that ends the routes in \`routes/index.ts\`; new ones are written before it. */
export const ROUTES_MARK = '// spooky add route: new routes come before this line';

/** The list of routes with one more; undefined when it has no mark, or the route is there. */
export function withRoute(index: string, { path, file, camel }: RouteNames): string | undefined {
  const at = index.indexOf(ROUTES_MARK);
  if (at === -1 || index.includes(`'${path}':`)) return undefined;
  const line = `'${path}': jobRoute(parts, ${camel}()),\n    `;
  const entered = withJobRoute(index.slice(0, at) + line + index.slice(at));
  const imports = [...entered.matchAll(/^import .*\n/gm)];
  const last = imports.at(-1);
  const end = last === undefined ? 0 : last.index + last[0].length;
  return `${entered.slice(0, end)}import { ${camel} } from './${file}.ts';\n${entered.slice(end)}`;
}

/** A list without a route uses neither `jobRoute` nor its parts, and says so. */
function withJobRoute(index: string): string {
  const bare = /^import type \{ (\w+) \} from '\.\.\/jobs\/job-route\.ts';$/m;
  const imported = "import { type $1, jobRoute } from '../jobs/job-route.ts';";
  return index.replace(bare, imported).replaceAll(/\b_parts\b/g, 'parts');
}
