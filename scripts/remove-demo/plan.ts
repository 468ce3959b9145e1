/**
 * The parts of the demo: the files to delete, and the edits of other files. `files/` contains the files that replace some
 * of them.
 */
import { withMember, withoutKey, withoutMembers } from './data-edits.ts';
import { all, between, cut, remove, removeSections, replace, type TextEdit } from './text-edits.ts';

/** Files and folders that are deleted. */
export const REMOVED: readonly string[] = [
  'apps/api/src/generation.ts',
  'apps/api/src/processes',
  'apps/api/src/routes/spookify.test.ts',
  'apps/api/src/routes/spookify.ts',
  'apps/api/src/slots.test.ts',
  'apps/api/src/slots.ts',
  'apps/api/src/testing/http-proxy.ts',
  'apps/api/src/testing/openai-server.ts',
  'apps/api/src/testing/spookify.ts',
  'apps/api/src/testing/threads.ts',
  'apps/api/src/writers',
  'apps/web/src/routes/thread.tsx',
  'apps/web/src/routes/threads.tsx',
  'apps/web/src/thread',
  'docs/images',
  'docs/plain-html.md',
  'docs/removing-the-demo.md',
  'e2e/flows/demo',
  'e2e/src/demo',
  'schema/migrations/0001-private-tables.surql',
  'schema/migrations/0002-thread-revisions.surql',
  'scripts/remove-demo',
  'scripts/remove-demo.test.ts',
  'tests/migrations/0001-private-tables.test.ts',
  'tests/migrations/0002-thread-revisions.test.ts',
  'tests/migrations/before-0001.surql',
  'tests/threads.test.ts',
];

/** The rule of the job table if no table exists that a job could be about. */
const RULE = `-- Who makes jobs.
DEFINE FIELD OVERWRITE created_by ON job TYPE option<record<user>> DEFAULT $auth.id READONLY;
-- The record a job is about, such as \`option<record<note>>\`.
DEFINE FIELD OVERWRITE assigned_to ON job TYPE option<record> READONLY;
-- Whether the user may start jobs for that record, and so may see, cancel and retry all of its jobs, such as:
-- RETURN $auth.id != NONE AND $job.assigned_to.author = $auth.id;
DEFINE FUNCTION OVERWRITE fn::job::may_assign($job: object) {
  RETURN false;
};
`;

/** Without a route, `jobRoute` and the parts of the routes are unused; `spooky add route` uses both again. */
const withoutUnusedParts: TextEdit = (text) =>
  /\bjobRoute\(/.test(text)
    ? text
    : all(
        replace('import { type JobRouteParts, jobRoute } from', 'import type { JobRouteParts } from'),
        replace('routesOf(parts: RouteParts)', 'routesOf(_parts: RouteParts)'),
      )(text);

/** The packages that only the benchmarks of the demo import. */
const MEASURED = ['@spookify/client', '@spookify/gateway', '@spookify/solid', '@spookify/surreal-link', 'solid-js'];

/** The entries of e2e, of which some belong to the demo. */
const E2E_ENTRIES = `"entry": [
        "flows/**/*.ts",
        "src/**/*.bench.ts",
        "src/**/*-entry.{ts,tsx}",
        "src/demo/{fanout/backend,live-page/*}.ts"
      ],`;

/** Components that pages of any app can use; without the demo, no page uses them yet. */
const COMPONENTS = 'src/{form,job,shell}/*.{ts,tsx}';

/** The edits of files that stay. If an edit does not fit its file, the command changes nothing. */
export const EDITS: Readonly<Record<string, TextEdit>> = {
  '.env.example': cut('# A real model instead', '# Where the embedded database'),
  'CONTRIBUTING.md': all(
    cut('| `npm run test:without-demo`', '| `npm run check`'),
    cut('## Keep the demo removable', '## Add a test'),
  ),
  'apps/api/package.json': all(
    withoutMembers(['dependencies', 'openai'], ['dependencies', '@spookify/supervisor']),
    withMember(['description'], () => 'The Fastify backend: bearer token, OpenAPI-validated routes.'),
  ),
  'apps/api/src/errors.ts': cut('  // Of the route /spookify.\n', '} as const satisfies'),
  'apps/api/src/routes/index.ts': all(
    remove("import { type SpookifyParts, spookify } from './spookify.ts';\n"),
    remove("    '/spookify': jobRoute(parts, spookify(parts)),\n"),
    replace('RouteParts = JobRouteParts & SpookifyParts;', 'RouteParts = JobRouteParts;'),
    withoutUnusedParts,
  ),
  'apps/web/index.html': replace('Write a thread and let a ghost rewrite it.', 'Write here what your app is for.'),
  'apps/web/src/app.tsx': all(
    cut('/** Loaded with the first thread', '/** The pages with a link in the header. */'),
    remove("import { Threads } from './routes/threads.tsx';\n"),
    replace('import { NotFound } from', "import { Home } from './routes/home.tsx';\nimport { NotFound } from"),
    replace('<Route path="/" component={Threads} />', '<Route path="/" component={Home} />'),
    remove('        <Route path="/threads/:key" component={ThreadPage} />\n'),
  ),
  'apps/web/src/shell/thrown.ts': remove(
    "  ['thread-changed', 'The thread was changed meanwhile, so this was not saved. Compare both versions and choose one.'],\n",
  ),
  'docker-compose.yml': all(
    ...['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL'].map((name) =>
      withoutKey('services', 'api', 'environment', name),
    ),
  ),
  'docs/README.md': all(
    remove('| How do I start without threads and comments? | [Remove the demo](removing-the-demo.md) |\n'),
    remove(
      '| How do I use the client without Solid, in plain HTML? | [Use the client in plain HTML](plain-html.md) |\n',
    ),
    replace('How do I use a hosted model, or a SurrealDB server?', 'How do I use a SurrealDB server?'),
  ),
  'docs/connecting-real-services.md': all(
    cut('A fresh clone runs without accounts', '## Use a SurrealDB server'),
    replace('Neither has been run against the real service', 'It has not been run against a real server'),
  ),
  'docs/deploying.test.ts': all(
    cut("  it('deliver a job'", "  it('are backed up"),
    remove("    expect(await spooky('jobs', 'list')).toContain('/spookify');\n"),
  ),
  'docs/not-tested.md': cut('- **A hosted model.**', '- **macOS and Windows.**'),
  'docs/starting-your-project.md': all(
    cut('2. **Remove the demo**', '3. **Change the schema.**'),
    remove(" The demo's button and its\n   route keep their names."),
  ),
  'e2e/package.json': withoutMembers(...MEASURED.map((name) => ['devDependencies', name])),
  'e2e/src/stack.ts': cut('          // Empty is unset: a key', '          ...secrets,'),
  'knip.json': all(
    remove(', "!scripts/remove-demo/{files,another-app}/**"'),
    replace('"src/main.ts", "src/processes/*.ts"', '"src/main.ts"'),
    replace('"src/**/{main,use-*}.{ts,tsx}"', `"src/**/{main,use-*}.{ts,tsx}", "${COMPONENTS}"`),
    replace(E2E_ENTRIES, '"entry": ["flows/**/*.ts", "src/**/*.bench.ts", "src/**/*-entry.ts"],'),
  ),
  'openapi.yaml': withoutKey('paths', '/spookify'),
  'package-lock.json': withoutMembers(
    ['packages', 'node_modules/openai'],
    ['packages', 'apps/api', 'dependencies', 'openai'],
    ['packages', 'apps/api', 'dependencies', '@spookify/supervisor'],
    ...MEASURED.map((name) => ['packages', 'e2e', 'devDependencies', name]),
  ),
  'package.json': all(
    withoutMembers(['scripts', 'remove-demo'], ['scripts', 'test:without-demo']),
    withMember(['scripts', 'check'], (check) =>
      String(check).replace(' && tsc -p scripts/remove-demo/files --jsxImportSource solid-js', ''),
    ),
  ),
  'schema/outbox/api.surql': between(
    '-- >>> Your rule. Edit what stands between the marks; `spooky outbox upgrade` replaces the rest of this file.',
    '-- <<< The end of your rule.',
    RULE,
  ),
  'schema/schema.surql': removeSections('Threads', 'Suggestions', 'Comments'),
  'tests/deployment.test.ts': remove(" && variable !== 'OPENAI_API_KEY'"),
  'tsconfig.json': withoutMembers(['exclude']),
  'vitest.config.ts': remove('|remove-demo'),
};
