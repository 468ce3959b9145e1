// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript

/** An invalid config, line by line, and all messages that it must cause. */
export interface WrongConfig {
  readonly name: string;
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

const BACKEND = [
  'backends:',
  '  api:',
  '    type: http',
  '    baseUrl: http://127.0.0.1:3660',
  '    spec: ./openapi.yaml',
  '    method:',
  '      type: outbox',
  '      table: job',
  '      schema: ./schema/outbox/api.surql',
];

/**
 * Returns a valid config with one backend, in which some lines (by number) are replaced or removed, followed by `more`.
 */
function backend(changes: Readonly<Record<number, string | undefined>>, ...more: string[]): string[] {
  const lines = BACKEND.map((line, index) => (index + 1 in changes ? changes[index + 1] : line));
  return [...lines.filter((line) => line !== undefined), ...more];
}

/** The test project has schema/schema.surql, schema/outbox/api.surql, schema/bad.env, openapi.yaml and web/. */
export const WRONG_CONFIGS: readonly WrongConfig[] = [
  {
    name: 'an empty file',
    lines: [''],
    faults: ['sp00ky.yml:1:1: must be keys with values, not empty'],
  },
  {
    name: 'a comment and nothing else',
    lines: ['# nothing yet'],
    faults: ['sp00ky.yml:1:1: must be keys with values, not empty'],
  },
  {
    name: 'a list instead of keys',
    lines: ['- mode', '- schema'],
    faults: ['sp00ky.yml:1:1: must be keys with values, not a list'],
  },
  {
    name: 'a bare word',
    lines: ['hello'],
    faults: ['sp00ky.yml:1:1: must be keys with values, not text'],
  },
  {
    name: 'an unclosed quote',
    lines: ['mode: singlenode', 'schema: "./schema', 'clientTypes: []'],
    faults: ['sp00ky.yml:2:9: a character is missing; close every quote and bracket, and put a space after each colon'],
  },
  {
    name: 'an unclosed bracket',
    lines: ['clientTypes: ['],
    faults: [
      'sp00ky.yml:2:1: the indentation does not fit the lines around it; align the keys of a block, and close every [ and {',
    ],
  },
  {
    name: 'a tab as indentation',
    lines: ['surrealdb:', '	namespace: main'],
    faults: ['sp00ky.yml:2:1: a tab is used as indentation; use spaces'],
  },
  {
    name: 'two keys on one line',
    lines: ['mode: singlenode: 2'],
    faults: ['sp00ky.yml:1:7: two keys on one line; put each on its own line, or the value in quotes'],
  },
  {
    name: 'a key there twice',
    lines: ['schema: ./schema', 'schema: ./schema'],
    faults: ['sp00ky.yml:2:1: this key exists twice; remove one'],
  },
  {
    name: 'a variable without quotes inside braces',
    lines: ['frontend:', '  dev: { type: npm, script: ${SCRIPT} }'],
    faults: ['sp00ky.yml:2:30: unexpected text; put values that contain { } [ ] , or # in quotes'],
  },
  {
    name: 'a second document',
    lines: ['mode: singlenode', '---', 'mode: singlenode'],
    faults: ['sp00ky.yml:2:1: there is a second document after ---; keep one document a file'],
  },
  {
    name: 'an unknown tag',
    lines: ['schema: !path ./schema'],
    faults: ['sp00ky.yml:1:9: this !tag is not known; remove it'],
  },
  {
    name: 'an alias of nothing',
    lines: ['schema: *folder'],
    faults: ['sp00ky.yml:1:1 schema: this alias (*name) refers to nothing, or to itself; remove it'],
  },
  {
    name: 'an alias of itself',
    lines: ['surrealdb: &db { path: *db }'],
    faults: ['sp00ky.yml:1:18 surrealdb.path: this alias (*name) refers to nothing, or to itself; remove it'],
  },
  {
    name: 'a misspelt key at the top',
    lines: ['shema: ./schema'],
    faults: ['sp00ky.yml:1:1 shema: unknown key; did you mean schema?'],
  },
  {
    name: 'a key in another spelling',
    lines: ['client_types: []'],
    faults: ['sp00ky.yml:1:1 client_types: unknown key; did you mean clientTypes?'],
  },
  {
    name: 'a key that is nothing like another',
    lines: ['colour: red'],
    faults: [
      'sp00ky.yml:1:1 colour: unknown key; known here: mode, surrealdb, schema, clientTypes, runner, frontend, backends, schedules',
    ],
  },
  {
    name: 'a merge of text',
    lines: ['surrealdb: { <<: main }'],
    faults: [
      'sp00ky.yml:1:14 surrealdb: << merges mappings only; write <<: *name, where &name is before a mapping, or <<: [*one, *two]',
    ],
  },
  {
    name: 'an unknown mode',
    lines: ['mode: cluster'],
    faults: ['sp00ky.yml:1:1 mode: must be singlenode'],
  },
  {
    name: 'mode is a number',
    lines: ['mode: 1'],
    faults: ['sp00ky.yml:1:1 mode: must be singlenode'],
  },
  {
    name: 'surrealdb is empty',
    lines: ['surrealdb:'],
    faults: [
      'sp00ky.yml:1:1 surrealdb: must be keys with values, not empty; write for example surrealdb: { hosting: embedded }',
    ],
  },
  {
    name: 'surrealdb is text',
    lines: ['surrealdb: ws://localhost'],
    faults: [
      'sp00ky.yml:1:1 surrealdb: must be keys with values, not text; write for example surrealdb: { hosting: embedded }',
    ],
  },
  {
    name: 'a namespace that is no name',
    lines: ['surrealdb:', '  namespace: my app'],
    faults: [
      'sp00ky.yml:2:3 surrealdb.namespace: must be a name of letters, digits, _ and -; write for example namespace: main',
    ],
  },
  {
    name: 'a namespace that is a number',
    lines: ['surrealdb:', '  namespace: 12'],
    faults: ['sp00ky.yml:2:3 surrealdb.namespace: must be text, not a number; write for example namespace: main'],
  },
  {
    name: 'an unknown hosting',
    lines: ['surrealdb:', '  hosting: embeded'],
    faults: ['sp00ky.yml:2:3 surrealdb.hosting: must be embedded or external; did you mean embedded?'],
  },
  {
    name: 'an endpoint without hosting: external',
    lines: ['surrealdb:', '  endpoint: wss://db.example.com/rpc'],
    faults: [
      'sp00ky.yml:2:3 surrealdb.endpoint: unknown key; it belongs to hosting: external; remove it, or write hosting: external',
    ],
  },
  {
    name: 'external without endpoint',
    lines: ['surrealdb:', '  hosting: external'],
    faults: ['sp00ky.yml:1:1 surrealdb.endpoint: is missing; write for example endpoint: wss://db.example.com/rpc'],
  },
  {
    name: 'external with a path',
    lines: ['surrealdb:', '  hosting: external', '  endpoint: wss://db.example.com/rpc', '  path: .data'],
    faults: [
      'sp00ky.yml:4:3 surrealdb.path: unknown key; it belongs to hosting: embedded; remove it, or write hosting: embedded',
    ],
  },
  {
    name: 'an endpoint with credentials',
    lines: ['surrealdb:', '  hosting: external', '  endpoint: wss://root:hunter2@db.example.com/rpc'],
    faults: [
      'sp00ky.yml:3:3 surrealdb.endpoint: must not contain a user name or password; use the separate keys for them; write for example endpoint: wss://db.example.com/rpc',
    ],
  },
  {
    name: 'an endpoint of another protocol',
    lines: ['surrealdb:', '  hosting: external', '  endpoint: ftp://db.example.com'],
    faults: [
      'sp00ky.yml:3:3 surrealdb.endpoint: must start with ws:// or wss:// or http:// or https://; write for example endpoint: wss://db.example.com/rpc',
    ],
  },
  {
    name: 'a password that is a number',
    lines: ['surrealdb:', '  hosting: external', '  endpoint: wss://db.example.com/rpc', '  password: 12345'],
    faults: [
      'sp00ky.yml:4:3 surrealdb.password: must be text, not a number; write for example password: ${SURREAL_PASS}',
    ],
  },
  {
    name: 'an empty path',
    lines: ['surrealdb:', '  path: ""'],
    faults: ['sp00ky.yml:2:3 surrealdb.path: must not be empty; write for example path: .data/main'],
  },
  {
    name: 'a schema folder that is not there',
    lines: ['schema: ./shcema'],
    faults: [
      'sp00ky.yml:1:1 schema: there is no folder shcema; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'a schema folder that is a file',
    lines: ['schema: ./openapi.yaml'],
    faults: ['sp00ky.yml:1:1 schema: openapi.yaml is not a folder; name a folder'],
  },
  {
    name: 'a schema folder without schema.surql',
    lines: ['schema: ./web'],
    faults: [
      'sp00ky.yml:1:1 schema: there is no file web/schema.surql; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'schema is a list',
    lines: ['schema: [./schema]'],
    faults: ['sp00ky.yml:1:1 schema: must be text, not a list; write for example schema: ./schema'],
  },
  {
    name: 'clientTypes is not a list',
    lines: ['clientTypes:', '  format: typescript', '  output: ./x.ts'],
    faults: [
      'sp00ky.yml:1:1 clientTypes: must be a list, not keys with values; write for example clientTypes: [{ format: typescript, output: ./apps/web/src/schema.gen.ts }]',
    ],
  },
  {
    name: 'clientTypes of another language',
    lines: ['clientTypes:', '  - format: rust', '    output: ./x.rs'],
    faults: ['sp00ky.yml:2:5 clientTypes[0].format: must be typescript'],
  },
  {
    name: 'clientTypes without output',
    lines: ['clientTypes:', '  - format: typescript'],
    faults: [
      'sp00ky.yml:2:5 clientTypes[0].output: is missing; write for example output: ./apps/web/src/schema.gen.ts',
    ],
  },
  {
    name: 'a runner that listens nowhere in this world',
    lines: ['runner:', '  host: ""', '  port: 70000', '  publicUrl: runner.internal', '  path: /'],
    faults: [
      'sp00ky.yml:2:3 runner.host: must not be empty; write for example host: 127.0.0.1',
      'sp00ky.yml:3:3 runner.port: must be a whole number from 0 to 65535; write for example port: 3667',
      'sp00ky.yml:4:3 runner.publicUrl: must be a URL; write for example publicUrl: http://runner.internal:3667',
      'sp00ky.yml:5:3 runner.path: unknown key; known here: host, port, publicUrl',
    ],
  },
  {
    name: 'frontend without dev',
    lines: ['frontend: {}'],
    faults: [
      'sp00ky.yml:1:1 frontend.dev: is missing; write for example dev: { type: npm, script: dev, workdir: ./apps/api }',
    ],
  },
  {
    name: 'dev is a number',
    lines: ['frontend:', '  dev: 5'],
    faults: [
      'sp00ky.yml:2:3 frontend.dev: must be text or keys with values, not a number; write for example dev: { type: npm, script: dev, workdir: ./apps/api }',
    ],
  },
  {
    name: 'dev is an empty command',
    lines: ['frontend:', '  dev: ""'],
    faults: [
      'sp00ky.yml:2:3 frontend.dev: must not be empty; write for example dev: { type: npm, script: dev, workdir: ./apps/api }',
    ],
  },
  {
    name: 'dev of no type',
    lines: ['frontend:', '  dev: { script: dev }'],
    faults: ['sp00ky.yml:2:3 frontend.dev.type: is missing; write type: shell or npm or docker or uv'],
  },
  {
    name: 'dev of an unknown type',
    lines: ['frontend:', '  dev: { type: pnpm, script: dev }'],
    faults: ['sp00ky.yml:2:10 frontend.dev.type: must be shell or npm or docker or uv; did you mean npm?'],
  },
  {
    name: 'dev of npm without script',
    lines: ['frontend:', '  dev:', '    type: npm', '    workdir: ./web'],
    faults: ['sp00ky.yml:2:3 frontend.dev.script: is missing; write for example script: dev'],
  },
  {
    name: 'dev of npm with a key of docker',
    lines: ['frontend:', '  dev:', '    type: npm', '    script: dev', '    port: 3000'],
    faults: [
      'sp00ky.yml:5:5 frontend.dev.port: unknown key; it belongs to type: docker; remove it, or write type: docker',
    ],
  },
  {
    name: 'dev with a misspelt key',
    lines: ['frontend:', '  dev:', '    type: npm', '    script: dev', '    envFile: ./.env.web'],
    faults: ['sp00ky.yml:5:5 frontend.dev.envFile: unknown key; did you mean env-file?'],
  },
  {
    name: 'dev with a startup timeout without a unit',
    lines: ['frontend:', '  dev: { type: npm, script: dev, startupTimeout: "90" }'],
    faults: [
      'sp00ky.yml:2:34 frontend.dev.startupTimeout: must be a whole number with s, m, h, d or w, from 1s to 1h; write for example startupTimeout: 2m',
    ],
  },
  {
    name: 'dev with a startup timeout in milliseconds',
    lines: ['frontend:', '  dev: { type: npm, script: dev, startupTimeout: 90000 }'],
    faults: [
      'sp00ky.yml:2:34 frontend.dev.startupTimeout: must be text, not a number; write for example startupTimeout: 2m',
    ],
  },
  {
    name: 'dev with a startup timeout that is too long',
    lines: ['frontend:', '  dev: { type: shell, command: x, startupTimeout: 2h }'],
    faults: [
      'sp00ky.yml:2:35 frontend.dev.startupTimeout: must be a whole number with s, m, h, d or w, from 1s to 1h; write for example startupTimeout: 2m',
    ],
  },
  {
    name: 'dev with the name of the option of the supervisor',
    lines: ['frontend:', '  dev: { type: npm, script: dev, startupTimeoutMs: 90000 }'],
    faults: ['sp00ky.yml:2:34 frontend.dev.startupTimeoutMs: unknown key; did you mean startupTimeout?'],
  },
  {
    name: 'dev in a folder that is not there',
    lines: ['frontend:', '  dev:', '    type: npm', '    script: dev', '    workdir: ./wbe'],
    faults: [
      'sp00ky.yml:5:5 frontend.dev.workdir: there is no folder wbe; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'dev of a script that is misspelt',
    lines: ['frontend:', '  dev:', '    type: npm', '    workdir: ./web', '    script: biuld'],
    faults: ['sp00ky.yml:5:5 frontend.dev.script: web/package.json has no script biuld; did you mean build?'],
  },
  {
    name: 'dev of a script that is not there, in a folder under the package',
    lines: ['frontend:', '  dev:', '    type: npm', '    workdir: ./schema', '    script: serve'],
    faults: ['sp00ky.yml:5:5 frontend.dev.script: package.json has no script serve; it has: dev'],
  },
  {
    name: 'dev with an env-file that is not there',
    lines: ['frontend:', '  dev:', '    type: uv', '    script: main.py', '    env-file: ./.env.web'],
    faults: [
      'sp00ky.yml:5:5 frontend.dev.env-file: there is no file .env.web; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'dev with an env-file that is none',
    lines: ['frontend:', '  dev:', '    type: uv', '    script: main.py', '    env-file: ./schema/bad.env'],
    faults: [
      'schema/bad.env:2:1: is not KEY=VALUE; write one variable a line, or put a # before it',
      'schema/bad.env:3:1: the value of B has no closing " on this line; write "…", \\" for a quote inside, and \\n for a line break',
    ],
  },
  {
    name: 'docker without a file',
    lines: ['frontend:', '  dev:', '    type: docker', '    port: 8080'],
    faults: ['sp00ky.yml:2:3 frontend.dev.file: is missing; write for example file: ./apps/api/Dockerfile'],
  },
  {
    name: 'docker with a file that is not there',
    lines: ['frontend:', '  dev:', '    type: docker', '    file: ./Dockerfile'],
    faults: [
      'sp00ky.yml:4:5 frontend.dev.file: there is no file Dockerfile; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'docker with a port out of range',
    lines: ['frontend:', '  dev:', '    type: docker', '    file: ./openapi.yaml', '    port: 70000'],
    faults: ['sp00ky.yml:5:5 frontend.dev.port: must be a whole number from 1 to 65535; write for example port: 3660'],
  },
  {
    name: 'docker with a list as env',
    lines: ['frontend:', '  dev:', '    type: docker', '    file: ./openapi.yaml', '    env: [A=1]'],
    faults: [
      'sp00ky.yml:5:5 frontend.dev.env: must be keys with values, not a list; write for example env: { LOG_LEVEL: debug }',
    ],
  },
  {
    name: 'docker with a list in env',
    lines: ['frontend:', '  dev:', '    type: docker', '    file: ./openapi.yaml', '    env: { A: [1] }'],
    faults: ['sp00ky.yml:5:12 frontend.dev.env.A: must be text or a number, not a list'],
  },
  {
    name: 'backends is a list',
    lines: ['backends: []'],
    faults: [
      'sp00ky.yml:1:1 backends: must be keys with values, not a list; write for example backends: { api: { type: http } }',
    ],
  },
  {
    name: 'a backend in capitals',
    lines: backend({ 2: '  Api:' }),
    faults: ['sp00ky.yml:2:3 backends.Api: a backend name has lower-case letters, digits and -; rename it'],
  },
  {
    name: 'a backend with a name that is taken',
    lines: backend({ 2: '  runner:' }),
    faults: ['sp00ky.yml:2:3 backends.runner: runner, gateway and database are reserved; rename it'],
  },
  {
    name: 'a backend of nothing',
    lines: ['backends:', '  api:'],
    faults: [
      'sp00ky.yml:2:3 backends.api: must be keys with values, not empty; write for example api: { type: http, baseUrl: http://127.0.0.1:3660 }',
    ],
  },
  {
    name: 'a backend of another type',
    lines: backend({ 3: '    type: grpc' }),
    faults: ['sp00ky.yml:3:5 backends.api.type: must be http'],
  },
  {
    name: 'a backend without baseUrl',
    lines: backend({ 4: undefined }),
    faults: ['sp00ky.yml:2:3 backends.api.baseUrl: is missing; write for example baseUrl: http://127.0.0.1:3660'],
  },
  {
    name: 'a misspelt baseUrl',
    lines: backend({ 4: '    baseURL: http://127.0.0.1:3660' }),
    faults: ['sp00ky.yml:4:5 backends.api.baseURL: unknown key; did you mean baseUrl?'],
  },
  {
    name: 'a baseUrl that is none',
    lines: backend({ 4: '    baseUrl: localhost 3660' }),
    faults: ['sp00ky.yml:4:5 backends.api.baseUrl: must be a URL; write for example baseUrl: http://127.0.0.1:3660'],
  },
  {
    name: 'a baseUrl without protocol',
    lines: backend({ 4: '    baseUrl: localhost:3660' }),
    faults: [
      'sp00ky.yml:4:5 backends.api.baseUrl: must start with http:// or https://; write for example baseUrl: http://127.0.0.1:3660',
    ],
  },
  {
    name: 'a baseUrl with a query',
    lines: backend({ 4: '    baseUrl: http://127.0.0.1:3660/?a=1' }),
    faults: [
      'sp00ky.yml:4:5 backends.api.baseUrl: must not have a ? or # part; remove it; write for example baseUrl: http://127.0.0.1:3660',
    ],
  },
  {
    name: 'a baseUrl with a password',
    lines: backend({ 4: '    baseUrl: http://u:hunter2@127.0.0.1:3660' }),
    faults: [
      'sp00ky.yml:4:5 backends.api.baseUrl: must not contain a user name or password; use the separate keys for them; write for example baseUrl: http://127.0.0.1:3660',
    ],
  },
  {
    name: 'an unset variable in baseUrl',
    lines: backend({ 4: '    baseUrl: http://${API_HOST}:${API_PORT}' }),
    faults: [
      'sp00ky.yml:4:21 backends.api.baseUrl: ${API_HOST} is not set; set it in the environment or in .env, or write ${API_HOST:-default}',
      'sp00ky.yml:4:33 backends.api.baseUrl: ${API_PORT} is not set; set it in the environment or in .env, or write ${API_PORT:-default}',
    ],
  },
  {
    name: 'an unset token',
    lines: backend({}, '    auth:', '      type: token', '      token: ${API_AUTH_TOKEN}'),
    faults: [
      'sp00ky.yml:12:14 backends.api.auth.token: ${API_AUTH_TOKEN} is not set; set it in the environment or in .env',
    ],
  },
  {
    name: 'an empty token',
    lines: backend({}, '    auth:', '      type: token', '      token: ""'),
    faults: ['sp00ky.yml:12:7 backends.api.auth.token: must not be empty; write for example token: ${API_AUTH_TOKEN}'],
  },
  {
    name: 'auth without token',
    lines: backend({}, '    auth:', '      type: token'),
    faults: ['sp00ky.yml:10:5 backends.api.auth.token: is missing; write for example token: ${API_AUTH_TOKEN}'],
  },
  {
    name: 'auth of another type',
    lines: backend({}, '    auth:', '      type: basic', '      token: hunter2'),
    faults: ['sp00ky.yml:11:7 backends.api.auth.type: must be token'],
  },
  {
    name: 'a variable that is not closed',
    lines: ['schema: ${SCHEMA'],
    faults: ['sp00ky.yml:1:9 schema: this ${ has no closing }; write ${NAME}'],
  },
  {
    name: 'a variable that has no name',
    lines: ['schema: "${}"'],
    faults: ['sp00ky.yml:1:10 schema: this is not a variable; write ${NAME} or ${NAME:-default}'],
  },
  {
    name: 'a variable with one dash',
    lines: ['schema: ${SCHEMA-./schema}'],
    faults: ['sp00ky.yml:1:9 schema: this is not a variable; write ${NAME} or ${NAME:-default}'],
  },
  {
    name: 'a default inside a default',
    lines: ['schema: ${A:-${B}}'],
    faults: ['sp00ky.yml:1:9 schema: the default of ${A} contains another variable; write plain text'],
  },
  {
    name: 'a spec that is not there',
    lines: backend({ 5: '    spec: ./openapi.yml' }),
    faults: [
      'sp00ky.yml:5:5 backends.api.spec: there is no file openapi.yml; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'a spec that is a folder',
    lines: backend({ 5: '    spec: ./schema' }),
    faults: ['sp00ky.yml:5:5 backends.api.spec: schema is not a file; name a file'],
  },
  {
    name: 'no method',
    lines: ['backends:', '  api:', '    type: http', '    baseUrl: http://127.0.0.1:3660', '    spec: ./openapi.yaml'],
    faults: ['sp00ky.yml:2:3 backends.api.method: is missing; write for example method: { type: outbox, table: job }'],
  },
  {
    name: 'a method of another type',
    lines: backend({ 7: '      type: direct' }),
    faults: ['sp00ky.yml:7:7 backends.api.method.type: must be outbox'],
  },
  {
    name: 'no table',
    lines: backend({ 8: undefined }),
    faults: ['sp00ky.yml:6:5 backends.api.method.table: is missing; write for example table: job'],
  },
  {
    name: 'a table that is no name',
    lines: backend({ 8: '      table: my-job' }),
    faults: [
      'sp00ky.yml:8:7 backends.api.method.table: must be a table name of letters, digits and _; write for example table: job',
    ],
  },
  {
    name: 'an outbox schema that is not there',
    lines: backend({ 9: '      schema: ./schema/outbox/apis.surql' }),
    faults: [
      'sp00ky.yml:9:7 backends.api.method.schema: there is no file schema/outbox/apis.surql; create it, or correct the path (it is relative to sp00ky.yml)',
    ],
  },
  {
    name: 'a timeout as text',
    lines: backend({}, '      timeout: 60s'),
    faults: [
      'sp00ky.yml:10:7 backends.api.method.timeout: must be a whole number, not text; write for example timeout: 60000',
    ],
  },
  {
    name: 'ages that are no durations',
    lines: backend({}, '      prune: { success: 7, failed: never, ended: 1d }'),
    faults: [
      'sp00ky.yml:10:16 backends.api.method.prune.success: must be text, not a number; write for example success: 7d',
      'sp00ky.yml:10:28 backends.api.method.prune.failed: must be a whole number with s, m, h, d or w, from 1m to 3650d; write for example failed: 30d',
      'sp00ky.yml:10:43 backends.api.method.prune.ended: unknown key; known here: success, failed',
    ],
  },
  {
    name: 'ages out of range',
    lines: backend({}, '      prune: { success: 30s, failed: 99999w }'),
    faults: [
      'sp00ky.yml:10:16 backends.api.method.prune.success: must be a whole number with s, m, h, d or w, from 1m to 3650d; write for example success: 7d',
      'sp00ky.yml:10:30 backends.api.method.prune.failed: must be a whole number with s, m, h, d or w, from 1m to 3650d; write for example failed: 30d',
    ],
  },
  {
    name: 'a timeout that is too short',
    lines: backend({}, '      timeout: 5'),
    faults: [
      'sp00ky.yml:10:7 backends.api.method.timeout: must be a whole number from 100 to 3600000; write for example timeout: 60000',
    ],
  },
  {
    name: 'a timeout with a fraction',
    lines: backend({}, '      timeout: 1500.5'),
    faults: [
      'sp00ky.yml:10:7 backends.api.method.timeout: must be a whole number, not a fraction; write for example timeout: 60000',
    ],
  },
  {
    name: 'a concurrency from a variable that is no number',
    lines: backend({}, '      concurrency: ${MANY:-many}'),
    faults: [
      'sp00ky.yml:10:7 backends.api.method.concurrency: must be a whole number, not text; write for example concurrency: 16',
    ],
  },
  {
    name: 'a limit of jobs of one user that is none, and another time to say processing',
    lines: backend({}, '      concurrencyPerOwner: 0\n      processing: never'),
    faults: [
      'sp00ky.yml:10:7 backends.api.method.concurrencyPerOwner: must be a whole number from 1 to 1000; write for example concurrencyPerOwner: 4',
      'sp00ky.yml:11:7 backends.api.method.processing: must be late or always',
    ],
  },
  {
    name: 'a limit for a route that the spec does not have',
    lines: backend({}, '      routes: { /spokify: { concurrency: 2 }, /other: { concurrency: 2 } }'),
    faults: [
      'sp00ky.yml:10:17 backends.api.method.routes["/spokify"]: is not a route of the spec; did you mean /spookify?',
      'sp00ky.yml:10:47 backends.api.method.routes["/other"]: is not a route of the spec; it has: /spookify',
    ],
  },
  {
    name: 'a limit of a route that is none',
    lines: backend({}, '      routes: { /spookify: { concurrency: 0, timeout: 5 } }'),
    faults: [
      'sp00ky.yml:10:30 backends.api.method.routes["/spookify"].concurrency: must be a whole number from 1 to 1000; write for example concurrency: 4',
      'sp00ky.yml:10:46 backends.api.method.routes["/spookify"].timeout: unknown key; known here: concurrency',
    ],
  },
  {
    name: 'a table for two',
    lines: backend(
      {},
      '  mail:',
      '    type: http',
      '    baseUrl: http://127.0.0.1:3660',
      '    spec: ./openapi.yaml',
      '    method:',
      '      type: outbox',
      '      table: job',
      '      schema: ./schema/outbox/api.surql',
    ),
    faults: [
      'sp00ky.yml:16:7 backends.mail.method.table: job is already the job table of backends.api; give each backend its own table',
    ],
  },
  {
    name: 'a port for two',
    lines: backend(
      {},
      '    dev: { type: npm, script: dev }',
      '  mail:',
      '    type: http',
      '    baseUrl: http://localhost:3660/mail',
      '    spec: ./openapi.yaml',
      '    method: { type: outbox, table: mail_job, schema: ./schema/outbox/api.surql }',
      '    dev: { type: npm, script: dev }',
      '  same-process:',
      '    type: http',
      '    baseUrl: http://127.0.0.1:3660/more',
      '    spec: ./openapi.yaml',
      '    method: { type: outbox, table: more_job, schema: ./schema/outbox/api.surql }',
    ),
    faults: [
      'sp00ky.yml:4:5 backends.api.baseUrl: port 3660 is also the port of backends.mail; give each backend with a dev command its own port',
      'sp00ky.yml:13:5 backends.mail.baseUrl: port 3660 is also the port of backends.api; give each backend with a dev command its own port',
    ],
  },
  {
    name: 'everything at once',
    lines: [
      'mod: singlenode',
      'surrealdb: { hosting: embedded, endpoint: ws://x/rpc }',
      'schema: ./nowhere',
      'frontend: { dev: { type: npm } }',
      'backends:',
      '  api: { type: https, spec: ./nothing.yaml, auth: { type: token, token: "${API_AUTH_TOKEN}" } }',
    ],
    faults: [
      'sp00ky.yml:1:1 mod: unknown key; did you mean mode?',
      'sp00ky.yml:2:33 surrealdb.endpoint: unknown key; it belongs to hosting: external; remove it, or write hosting: external',
      'sp00ky.yml:3:1 schema: there is no folder nowhere; create it, or correct the path (it is relative to sp00ky.yml)',
      'sp00ky.yml:4:13 frontend.dev.script: is missing; write for example script: dev',
      'sp00ky.yml:6:3 backends.api.baseUrl: is missing; write for example baseUrl: http://127.0.0.1:3660',
      'sp00ky.yml:6:3 backends.api.method: is missing; write for example method: { type: outbox, table: job }',
      'sp00ky.yml:6:10 backends.api.type: must be http',
      'sp00ky.yml:6:23 backends.api.spec: there is no file nothing.yaml; create it, or correct the path (it is relative to sp00ky.yml)',
      'sp00ky.yml:6:74 backends.api.auth.token: ${API_AUTH_TOKEN} is not set; set it in the environment or in .env',
    ],
  },
  ...[
    {
      name: 'schedules that say badly when they fire',
      schedules: [
        "  both: { cron: '0 3 * * *', every: 5m, backend: api, route: /spookify, payload: { id: a } }",
        '  neither: { backend: api, route: /spookify, payload: { id: a } }',
        '  zoned: { every: 5m, timezone: UTC, backend: api, route: /spookify, payload: { id: a } }',
        "  seconds: { cron: '0 0 3 * * *', backend: api, route: /spookify, payload: { id: a } }",
        "  never: { cron: '0 0 30 2 *', backend: api, route: /spookify, payload: { id: a } }",
        "  hour: { cron: '0 25 * * *', backend: api, route: /spookify, payload: { id: a } }",
        "  mars: { cron: '0 3 * * *', timezone: Mars/Olympus, backend: api, route: /spookify, payload: { id: a } }",
        '  fast: { every: 5ms, backend: api, route: /spookify, payload: { id: a } }',
        '  Loud: { every: 5m, backend: api, route: /spookify, payload: { id: a } }',
      ],
      faults: [
        'sp00ky.yml:11:30 schedules.both.every: cron and every cannot be combined; remove one of them',
        "sp00ky.yml:12:3 schedules.neither: has no time; write for example cron: '0 3 * * *' or every: 5m",
        'sp00ky.yml:13:23 schedules.zoned.timezone: every needs no time zone; remove it, or write cron',
        'sp00ky.yml:14:14 schedules.seconds.cron: must have five fields: minute, hour, day of the month, month, day of the week; write for example cron: 0 3 * * *',
        'sp00ky.yml:15:12 schedules.never.cron: names a day that does not exist; write for example cron: 0 3 * * *',
        'sp00ky.yml:16:11 schedules.hour.cron: the hour cannot be read; write for example cron: 0 3 * * *',
        'sp00ky.yml:17:30 schedules.mars.timezone: must be the IANA name of a time zone; write for example timezone: Europe/Berlin',
        'sp00ky.yml:18:11 schedules.fast.every: must be a whole number with s, m, h, d or w, from 1s to 3650d; write for example every: 5m',
        'sp00ky.yml:19:3 schedules.Loud: a schedule name has at most 64 lower-case letters and digits, with single - between them; rename it',
      ],
    },
    {
      name: 'schedules whose jobs cannot go where they say',
      schedules: [
        '  lost: { every: 5m, backend: apo, route: /spookify, payload: { id: a } }',
        '  wrong: { every: 5m, backend: api, route: /spokify, payload: { id: a } }',
        '  empty: { every: 5m, backend: api, route: /spookify }',
        '  other: { every: 5m, backend: api, route: /spookify, payload: { id: 5 } }',
        '  listed: { every: 5m, backend: api, route: /spookify, payload: [1] }',
        '  nowhere: { every: 5m, concurrency: wait }',
      ],
      faults: [
        'sp00ky.yml:11:22 schedules.lost.backend: is not a backend of this file; did you mean api?',
        'sp00ky.yml:12:37 schedules.wrong.route: is not a route of the backend api; did you mean /spookify?',
        'sp00ky.yml:13:3 schedules.empty.payload: does not fit /spookify: id is missing; see the spec of api',
        'sp00ky.yml:14:55 schedules.other.payload: does not fit /spookify: id must be string; see the spec of api',
        'sp00ky.yml:15:56 schedules.listed.payload: must be keys with values, not a list; write for example payload: { id: thread:a }',
        'sp00ky.yml:16:3 schedules.nowhere.backend: is missing; write for example backend: api',
        'sp00ky.yml:16:3 schedules.nowhere.route: is missing; write for example route: /spookify',
        'sp00ky.yml:16:25 schedules.nowhere.concurrency: must be skip or allow or replace',
      ],
    },
  ].map(({ name, schedules, faults }) => ({ name, lines: backend({}, 'schedules:', ...schedules), faults })),
];
