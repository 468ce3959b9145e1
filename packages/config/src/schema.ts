import { z } from 'zod';
import { backendName } from './backend-name.ts';
import { duration, name, secret, text, url, wholeNumber } from './fields.ts';
import { schedule, scheduleName } from './schedule-schema.ts';

// The single definition of sp00ky.yml: validation, defaults and types. Its descriptions and examples make the JSON
// Schema for editors and the "write for example" in errors.

const workdir = text('Folder to run in, relative to sp00ky.yml. Default: the folder of sp00ky.yml.', './apps/api');
const envFile = text(
  'File of KEY=VALUE lines with variables for the process, relative to sp00ky.yml. Blank lines and # comments are ignored.',
  './apps/api/.env',
);

const startupTimeout = duration('How long it may take to listen when the stack starts. Default: one minute.', '2m', [
  '1s',
  '1h',
]).optional();

const dev = z
  .union([
    text('A shell command, run by sh -c in the folder of sp00ky.yml.', 'npm run dev'),
    z.discriminatedUnion('type', [
      z
        .strictObject({
          type: z.literal('shell').meta({ description: 'Runs a command by sh -c in the folder of sp00ky.yml.' }),
          command: text('The shell command.', 'npm run dev'),
          startupTimeout,
        })
        .meta({ description: 'A shell command with a timeout. Without one, write the command alone.' }),
      z
        .strictObject({
          type: z.literal('npm').meta({
            description:
              'Runs a script of a package.json: by npm, or by pnpm where its lockfile is in the folder or above it.',
          }),
          script: text('The script of package.json.', 'dev'),
          workdir: workdir.optional(),
          'env-file': envFile.optional(),
          startupTimeout,
        })
        .meta({ description: 'An npm or pnpm script.' }),
      z
        .strictObject({
          type: z.literal('docker').meta({ description: 'Builds a Dockerfile, then runs it.' }),
          file: text('The Dockerfile, relative to sp00ky.yml.', './apps/api/Dockerfile'),
          port: wholeNumber('The port the container listens on, published on 127.0.0.1.', 3660, 1, 65_535).optional(),
          env: z
            .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
            .meta({ description: 'Variables for the container.', examples: [{ LOG_LEVEL: 'debug' }] })
            .optional(),
          workdir: workdir.optional(),
          'env-file': envFile.optional(),
          startupTimeout,
        })
        .meta({ description: 'A container, built from a Dockerfile.' }),
      z
        .strictObject({
          type: z.literal('uv').meta({ description: 'Runs a Python script with uv run.' }),
          script: text('What uv run starts.', 'main.py'),
          workdir: workdir.optional(),
          'env-file': envFile.optional(),
          startupTimeout,
        })
        .meta({ description: 'A Python script, run by uv.' }),
    ]),
  ])
  .meta({
    description: 'What spooky dev starts: a shell command, an npm script, a container or a uv script.',
    examples: [{ type: 'npm', script: 'dev', workdir: './apps/api' }],
  });

const namespace = name('The namespace in SurrealDB.', 'main').default('main');
const database = name('The database in SurrealDB.', 'main').default('main');

const surrealdb = z
  .discriminatedUnion('hosting', [
    z.strictObject({
      namespace,
      database,
      hosting: z
        .literal('embedded')
        .optional()
        .meta({ description: 'Who runs the database: embedded (spooky itself, the default) or external (a server).' }),
      path: text(
        'Where the data is stored: a RocksDB folder relative to sp00ky.yml, or "memory".',
        '.data/main',
      ).default('.data/main'),
    }),
    z.strictObject({
      namespace,
      database,
      hosting: z.literal('external').meta({ description: 'The database is a SurrealDB server at endpoint.' }),
      endpoint: url('WebSocket address of the server.', 'wss://db.example.com/rpc', ['ws:', 'wss:', 'http:', 'https:']),
      username: text(
        'The database owner, who migrates and creates the service users. Only spooky db migrate needs it: an unset variable here is not an error.',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
        '${SURREAL_USER}',
      ).optional(),
      password: secret(
        'Password of the owner. Only spooky db migrate needs it: an unset variable here is not an error.',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
        '${SURREAL_PASS}',
      ).optional(),
    }),
  ])
  .meta({ description: 'The database.', examples: [{ hosting: 'embedded' }] });

const backend = z
  .strictObject({
    type: z.literal('http').meta({ description: 'Kind of backend: only http.', examples: ['http'] }),
    baseUrl: url('Where the service answers; the paths of its spec are appended.', 'http://127.0.0.1:3660', [
      'http:',
      'https:',
    ]),
    spec: text('OpenAPI 3.0 or 3.1 file (YAML or JSON) with the routes, relative to sp00ky.yml.', './openapi.yaml'),
    auth: z
      .strictObject({
        type: z.literal('token').meta({ description: 'Kind of authentication: only token.', examples: ['token'] }),
        token: secret(
          'Sent with every call as Authorization: Bearer; write it as a variable.',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
          '${API_AUTH_TOKEN}',
        ),
      })
      .optional()
      .meta({ description: 'How the runner authenticates at the backend.', examples: [{ type: 'token' }] }),
    method: z
      .strictObject({
        type: z
          .literal('outbox')
          .meta({ description: 'How the backend is called: only outbox.', examples: ['outbox'] }),
        table: z
          .string()
          .refine((value) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(value), 'must be a table name of letters, digits and _')
          .meta({ description: 'The table of its jobs; no two backends may share one.', examples: ['job'] }),
        schema: text('SurrealQL file that defines the table, relative to sp00ky.yml.', './schema/outbox/api.surql'),
        timeout: wholeNumber('Budget of one attempt in milliseconds.', 60_000, 100, 3_600_000).default(60_000),
        concurrency: wholeNumber('How many jobs one runner delivers to it at a time.', 16, 1, 1_000).default(16),
        concurrencyPerOwner: wholeNumber(
          'How many jobs of one user one runner delivers at a time. Default: the concurrency.',
          4,
          1,
          1_000,
        ).optional(),
        processing: z
          .enum(['late', 'always'])
          .default('late')
          .meta({
            description:
              'When a row says processing: late, once its call has taken 100 ms, or always, before every call, which costs a second write for each job.',
            examples: ['late'],
          }),
        routes: z
          .record(
            z.string(),
            z
              .strictObject({
                concurrency: wholeNumber('How many jobs of this route one runner delivers at a time.', 4, 1, 1_000),
              })
              .meta({ description: 'A route with a lower limit than the backend.', examples: [{ concurrency: 4 }] }),
          )
          .optional()
          .meta({
            description: 'Limits of single routes, by path. Default: the concurrency of the backend.',
            examples: [{ '/spookify': { concurrency: 4 } }],
          }),
        prune: z
          .strictObject({
            success: duration('How long successful jobs are kept. Default: forever.', '7d').optional(),
            failed: duration('How long failed jobs are kept. Default: forever.', '30d').optional(),
          })
          .optional()
          .meta({
            description: 'When ended jobs are deleted. Default: never.',
            examples: [{ success: '7d', failed: '30d' }],
          }),
      })
      .meta({ description: 'How jobs reach the backend.', examples: [{ type: 'outbox', table: 'job' }] }),
    dev: dev.optional(),
  })
  .meta({
    description: 'An HTTP service that executes jobs.',
    examples: [{ type: 'http', baseUrl: 'http://127.0.0.1:3660' }],
  });

const runner = z
  .strictObject({
    host: text(
      'Address that the runner listens on for probes, metrics and progress. Default: only this machine.',
      '127.0.0.1',
    ).default('127.0.0.1'),
    port: wholeNumber(
      'Port of that server; 0 = no server. If the port is in use, the next one ten higher is tried.',
      3667,
      0,
      65_535,
    ).default(3667),
    publicUrl: url(
      'Where backends on other machines reach this runner to report progress. Default: host and port.',
      'http://runner.internal:3667',
      ['http:', 'https:'],
    ).optional(),
  })
  .meta({ description: 'The server of the job runner.', examples: [{ port: 3667 }] });

/** sp00ky.yml as it is written, after variables are replaced (seed 000, "Configuration Fields"). */
export const fileSchema = z
  .strictObject({
    mode: z
      .literal('singlenode')
      .default('singlenode')
      .meta({ description: 'How the stack is laid out: only singlenode.', examples: ['singlenode'] }),
    surrealdb: surrealdb.prefault({}),
    schema: text('Folder of the SurrealQL schema, with schema.surql in it.', './schema').default('./schema'),
    clientTypes: z
      .array(
        z.strictObject({
          format: z.literal('typescript').meta({ description: 'Only typescript.', examples: ['typescript'] }),
          output: text('File that spooky generate writes.', './apps/web/src/schema.gen.ts'),
        }),
      )
      .default([])
      .meta({
        description: 'Types generated from the schema and the specs, for clients.',
        examples: [[{ format: 'typescript', output: './apps/web/src/schema.gen.ts' }]],
      }),
    runner: runner.prefault({}),
    frontend: z
      .strictObject({ dev })
      .optional()
      .meta({ description: 'The front end.', examples: [{ dev: 'npm run dev' }] }),
    backends: z
      .record(backendName, backend)
      .default({})
      .meta({ description: 'The backend services, by name.', examples: [{ api: { type: 'http' } }] }),
    schedules: z
      .record(scheduleName, schedule)
      .default({})
      .meta({
        description: 'Jobs that start by the calendar, by name.',
        examples: [{ nightly: { cron: '0 3 * * *', backend: 'api', route: '/spookify' } }],
      }),
  })
  .meta({ title: 'sp00ky.yml', description: 'The whole stack of a Spookify project.' });

export type ConfigFile = z.output<typeof fileSchema>;
