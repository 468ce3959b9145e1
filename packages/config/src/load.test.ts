// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from './errors.ts';
import { loadConfig } from './load.ts';
import { missingSecrets } from './missing-secrets.ts';
import { createProject } from './testing/project.ts';

const BACKEND = `backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:3660/
    spec: ./openapi.yaml
    method: { type: outbox, table: job, schema: ./schema/outbox/api.surql }
    auth: { type: token, token: "\${API_AUTH_TOKEN}" }
`;

describe('loadConfig', () => {
  test('has a default for everything', async () => {
    await using project = await createProject({ 'sp00ky.yml': 'mode: singlenode\n' });
    const { root } = project;
    expect(await loadConfig({ cwd: root, env: {} })).toEqual({
      file: path.join(root, 'sp00ky.yml'),
      root,
      mode: 'singlenode',
      surrealdb: { namespace: 'main', database: 'main', hosting: 'embedded', path: path.join(root, '.data/main') },
      schema: path.join(root, 'schema'),
      clientTypes: [],
      runner: { host: '127.0.0.1', port: 3667 },
      backends: {},
      schedules: {},
      warnings: [],
    });
  });

  test('reads the address of the runner, which the environment overrides', async () => {
    const file = 'runner: { host: 0.0.0.0, port: 9000, publicUrl: http://runner.internal:9000/ }\n';
    await using project = await createProject({ 'sp00ky.yml': file });
    const runnerUnder = async (env: Record<string, string>) => (await loadConfig({ cwd: project.root, env })).runner;
    expect(await runnerUnder({})).toEqual({ host: '0.0.0.0', port: 9000, publicUrl: 'http://runner.internal:9000' });
    const env = {
      SPOOKY_RUNNER_HOST: '127.0.0.1',
      SPOOKY_RUNNER_PORT: '3700',
      SPOOKY_RUNNER_PUBLIC_URL: 'https://a.b',
    };
    expect(await runnerUnder(env)).toEqual({ host: '127.0.0.1', port: 3700, publicUrl: 'https://a.b' });
    expect(await runnerUnder({ SPOOKY_RUNNER_PORT: 'off' })).toMatchObject({ port: 0 });
    expect(await runnerUnder({ SPOOKY_RUNNER_PORT: '' })).toMatchObject({ port: 9000 });
    await project.write({ 'sp00ky.yml': 'mode: singlenode\n' });
    expect(await runnerUnder({ SPOOKY_RUNNER_PORT: '0' })).toEqual({ host: '127.0.0.1', port: 0 });
  });

  test('reads the names of the database, which the environment overrides', async () => {
    await using project = await createProject({ 'sp00ky.yml': 'surrealdb: { namespace: shop, database: shop }\n' });
    const databaseUnder = async (env: Record<string, string>) =>
      (await loadConfig({ cwd: project.root, env })).surrealdb;
    expect(await databaseUnder({ SPOOKY_DATABASE: 'staging' })).toMatchObject({
      namespace: 'shop',
      database: 'staging',
    });
    expect(await databaseUnder({ SPOOKY_NAMESPACE: 'other', SPOOKY_DATABASE: '' })).toMatchObject({
      ...{ namespace: 'other', database: 'shop' },
    });
    await expect(databaseUnder({ SPOOKY_DATABASE: 'a b' })).rejects.toThrow(
      'SPOOKY_DATABASE in the environment must be a name of letters, digits, _ and -; write for example SPOOKY_DATABASE=main',
    );
    await project.write({ 'sp00ky.yml': 'mode: singlenode\n' });
    expect(await databaseUnder({ SPOOKY_DATABASE: 'staging' })).toMatchObject({
      hosting: 'embedded',
      database: 'staging',
    });
  });

  test('returns a backend with its routes, defaults and absolute paths', async () => {
    await using project = await createProject({ 'sp00ky.yml': BACKEND });
    const { root } = project;
    const { backends } = await loadConfig({ cwd: root, env: { API_AUTH_TOKEN: 'hunter2' } });
    expect(backends.api).toMatchObject({
      name: 'api',
      type: 'http',
      baseUrl: 'http://127.0.0.1:3660',
      spec: path.join(root, 'openapi.yaml'),
      routes: { '/spookify': { path: '/spookify', request: { type: 'object', required: ['id'] } } },
      method: {
        ...{ table: 'job', schema: path.join(root, 'schema/outbox/api.surql') },
        ...{ timeout: 60_000, concurrency: 16, processing: 'late' },
      },
    });
    expect(backends.api?.method).not.toHaveProperty('concurrencyPerOwner');
    expect(backends.api?.auth?.token.reveal()).toBe('hunter2');
    expect(JSON.stringify(backends)).not.toContain('hunter2');
  });

  test.each([
    ['npm run dev', { type: 'shell', command: 'npm run dev' }],
    [
      '{ type: shell, command: npm run dev, startupTimeout: 90s }',
      { type: 'shell', command: 'npm run dev', startupTimeout: 90_000 },
    ],
    ['{ type: shell, command: npm run dev }', { type: 'shell', command: 'npm run dev' }],
    [
      '{ type: npm, script: dev, startupTimeout: 2m }',
      { type: 'npm', script: 'dev', workdir: '', startupTimeout: 120_000 },
    ],
    [
      '{ type: uv, script: main.py, startupTimeout: 1h }',
      { type: 'uv', script: 'main.py', workdir: '', startupTimeout: 3_600_000 },
    ],
    [
      '{ type: docker, file: ./web/Dockerfile, startupTimeout: 5m }',
      { type: 'docker', file: 'web/Dockerfile', env: {}, workdir: '', startupTimeout: 300_000 },
    ],
    ['{ type: npm, script: dev }', { type: 'npm', script: 'dev', workdir: '' }],
    ['{ type: npm, script: dev, workdir: ./web }', { type: 'npm', script: 'dev', workdir: 'web' }],
    [
      '{ type: uv, script: main.py, env-file: ./web/.env.dev }',
      { type: 'uv', script: 'main.py', workdir: '', envFile: 'web/.env.dev' },
    ],
    [
      '{ type: docker, file: ./web/Dockerfile, port: 8080, env: { LEVEL: 3, DEBUG: true, NAME: x }, workdir: web }',
      {
        type: 'docker',
        file: 'web/Dockerfile',
        port: 8080,
        env: { LEVEL: '3', DEBUG: 'true', NAME: 'x' },
        workdir: 'web',
      },
    ],
    ['{ type: docker, file: ./web/Dockerfile }', { type: 'docker', file: 'web/Dockerfile', env: {}, workdir: '' }],
  ])('reads dev: %s', async (dev, expected) => {
    await using project = await createProject({
      'sp00ky.yml': `frontend:\n  dev: ${dev}\n`,
      'web/Dockerfile': 'FROM scratch\n',
      'web/.env.dev': 'A=1\n',
    });
    const { frontend } = await loadConfig({ cwd: project.root, env: {} });
    const absolute = Object.entries(expected).map(([key, value]) =>
      ['workdir', 'file', 'envFile'].includes(key) ? [key, path.join(project.root, String(value))] : [key, value],
    );
    expect(frontend?.dev).toEqual(Object.fromEntries(absolute));
  });

  test('reads schedules and their defaults', async () => {
    await using project = await createProject({
      'sp00ky.yml': `${BACKEND}schedules:
  nightly: { cron: '0 3 * * *', timezone: Europe/Berlin, backend: api, route: /spookify, payload: { id: "\${ID:-a}" } }
  often: { every: 30s, backend: api, route: /spookify, payload: { id: b }, concurrency: allow }
  daily: { cron: '@daily', backend: api, route: /spookify, payload: { id: c, deep: { list: [1, { a: b }] } } }
`,
    });
    const { schedules } = await loadConfig({ cwd: project.root, env: { API_AUTH_TOKEN: 't' } });
    const target = { backend: 'api', route: '/spookify', concurrency: 'skip' };
    expect(schedules).toStrictEqual({
      nightly: {
        ...{ name: 'nightly', ...target, payload: { id: 'a' } },
        timing: { cron: '0 3 * * *', timezone: 'Europe/Berlin' },
      },
      often: { name: 'often', ...target, payload: { id: 'b' }, timing: { everyMs: 30_000 }, concurrency: 'allow' },
      daily: {
        ...{ name: 'daily', ...target, payload: { id: 'c', deep: { list: [1, { a: 'b' }] } } },
        timing: { cron: '@daily', timezone: 'UTC' },
      },
    });
  });

  test('finds the route of a schedule and of a limit as the spec writes it', async () => {
    const spec = 'openapi: 3.1.0\npaths:\n  /café: { post: {} }\n  /with space: { post: {} }\n';
    const written = (route: string) => ({
      'openapi.yaml': spec,
      'sp00ky.yml': `${BACKEND.replace('surql }', `surql, routes: { '/with space': { concurrency: 1 } } }`)}schedules:
  nightly: { cron: '@daily', backend: api, route: ${route} }
`,
    });
    await using project = await createProject(written('/café'));
    const load = () => loadConfig({ cwd: project.root, env: { API_AUTH_TOKEN: 't' } });
    const { schedules, backends } = await load();
    expect(schedules.nightly).toMatchObject({ route: '/café' });
    expect(backends.api?.method.routes).toEqual({ '/with space': { concurrency: 1 } });
    await project.write(written('/caf%C3%A9'));
    await expect(load()).rejects.toThrow(
      'schedules.nightly.route: is not a route of the backend api; it has: /café, /with space',
    );
  });

  test('reads variables from the environment, then from .env, then from their defaults', async () => {
    await using project = await createProject({
      'sp00ky.yml': 'surrealdb:\n  namespace: ${A:-a}\n  database: ${B:-b}\n  path: ${C:-memory}\n',
      '.env': 'A=from-file\nB=from-file\n',
    });
    const { surrealdb } = await loadConfig({ cwd: project.root, env: { A: 'from-env', C: undefined } });
    expect(surrealdb).toEqual({ namespace: 'from-env', database: 'from-file', hosting: 'embedded', path: 'memory' });
  });

  test('reads a number from a variable', async () => {
    await using project = await createProject({
      'sp00ky.yml': BACKEND.replace('table: job', 'table: job, timeout: "${TIMEOUT}", concurrency: "${MANY:-8}"'),
    });
    const { backends } = await loadConfig({ cwd: project.root, env: { API_AUTH_TOKEN: '5', TIMEOUT: '1500' } });
    expect(backends.api?.method).toMatchObject({ timeout: 1500, concurrency: 8 });
    // In the place of text, a numeric variable stays text.
    expect(backends.api?.auth?.token.reveal()).toBe('5');
  });

  test('lets the environment override the URL of a backend, even one with an unset variable', async () => {
    await using project = await createProject({ 'sp00ky.yml': BACKEND.replace('127.0.0.1:3660/', '${NOWHERE}') });
    const env = { API_AUTH_TOKEN: 't', SPOOKY_BACKEND_API_URL: 'http://127.0.0.1:4000/base/' };
    const { backends } = await loadConfig({ cwd: project.root, env });
    expect(backends.api?.baseUrl).toBe('http://127.0.0.1:4000/base');
  });

  test('reads an external database, with the owner only if its variables are set', async () => {
    await using project = await createProject({
      'sp00ky.yml': `surrealdb:
  hosting: external
  endpoint: wss://db.example.com/rpc
  username: \${SURREAL_USER}
  password: \${SURREAL_PASS}
`,
    });
    const cwd = project.root;
    const external = { namespace: 'main', database: 'main', hosting: 'external', endpoint: 'wss://db.example.com/rpc' };
    expect((await loadConfig({ cwd, env: {} })).surrealdb).toEqual(external);
    const { surrealdb } = await loadConfig({ cwd, env: { SURREAL_USER: 'root', SURREAL_PASS: 'hunter2' } });
    expect(surrealdb).toMatchObject({ ...external, username: 'root' });
    expect(surrealdb.hosting === 'external' && surrealdb.password?.reveal()).toBe('hunter2');
  });

  test('finds the config from a subfolder and names files relative to it', async () => {
    await using project = await createProject({ 'sp00ky.yml': 'mode: singlenode\n' });
    const cwd = path.join(project.root, 'schema', 'outbox');
    expect((await loadConfig({ cwd, env: {} })).root).toBe(project.root);
    await project.write({ 'sp00ky.yml': 'mode: other\n' });
    await expect(loadConfig({ cwd, env: {} })).rejects.toThrow('../../sp00ky.yml:1:1 mode: must be singlenode');
  });

  test('reads another file by name', async () => {
    await using project = await createProject({ 'stage/test.yml': 'schema: ../schema\n' });
    const config = await loadConfig({ cwd: project.root, file: 'stage/test.yml', env: {} });
    expect(config.root).toBe(path.join(project.root, 'stage'));
    expect(config.schema).toBe(path.join(project.root, 'schema'));
  });

  test('reports issues as data too', async () => {
    await using project = await createProject({ 'sp00ky.yml': 'modes: dark\n' });
    const error: unknown = await loadConfig({ cwd: project.root, env: {} }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      code: 'SPOOKY_CONFIG_INVALID',
      issues: [
        {
          code: 'SPOOKY_CONFIG_UNKNOWN_KEY',
          file: path.join(project.root, 'sp00ky.yml'),
          line: 1,
          column: 1,
          path: 'modes',
          message: 'unknown key; did you mean mode?',
        },
      ],
    });
  });
});

describe('missingSecrets', () => {
  test('names the unset variables of secret fields', async () => {
    await using project = await createProject({ 'sp00ky.yml': BACKEND });
    const cwd = project.root;
    expect(await missingSecrets({ cwd, env: {} })).toEqual(['API_AUTH_TOKEN']);
    expect(await missingSecrets({ cwd, env: { API_AUTH_TOKEN: '' } })).toEqual(['API_AUTH_TOKEN']);
    expect(await missingSecrets({ cwd, env: { API_AUTH_TOKEN: 't' } })).toEqual([]);
    await project.write({ '.env': 'API_AUTH_TOKEN=t\n' });
    expect(await missingSecrets({ cwd, env: {} })).toEqual([]);
  });

  test('omits variables with a default, without a secret, and with a secret that cannot be generated', async () => {
    await using project = await createProject({
      'sp00ky.yml': `surrealdb:
  hosting: external
  endpoint: \${ENDPOINT}
  password: \${SURREAL_PASS}
${BACKEND.replace('${API_AUTH_TOKEN}', '${API_AUTH_TOKEN:-local}')}`,
    });
    expect(await missingSecrets({ cwd: project.root, env: {} })).toEqual([]);
  });
});
