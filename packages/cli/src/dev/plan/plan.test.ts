import { type BackendConfig, type DatabaseConfig, Secret, type SpookyConfig } from '@spookify/config';
import { describe, expect, it } from 'vitest';
import type { DevFiles } from './dev-files.ts';
import { placementOf, wantedPorts } from './placement.ts';
import { planOf, processNames } from './plan.ts';

function backend(name: string, given: Partial<BackendConfig>): BackendConfig {
  return {
    name,
    type: 'http',
    baseUrl: 'http://127.0.0.1:3660',
    spec: '/p/openapi.yaml',
    routes: {},
    auth: { type: 'token', token: new Secret(`token-of-${name}`) },
    method: {
      ...{ type: 'outbox', table: `${name}_job`, schema: '/p/x.surql', timeout: 60_000 },
      ...{ concurrency: 16, concurrencyPerOwner: 4, processing: 'always' },
    },
    dev: { type: 'shell', command: `start ${name}` },
    ...given,
  };
}

const config: SpookyConfig = {
  file: '/p/sp00ky.yml',
  root: '/p',
  mode: 'singlenode',
  surrealdb: { namespace: 'main', database: 'demo', hosting: 'embedded', path: '/p/.data/demo' },
  schema: '/p/schema',
  clientTypes: [],
  runner: { host: '127.0.0.1', port: 3667 },
  frontend: { dev: { type: 'npm', script: 'dev', workdir: '/p/web', envFile: '/p/web.env' } },
  backends: {
    api: backend('api', {}),
    'my-mail': backend('my-mail', { baseUrl: 'http://localhost:4000/v1' }),
    far: backend('far', { baseUrl: 'https://far.example.com/base' }),
  },
  warnings: [],
  schedules: {
    nightly: {
      name: 'nightly',
      timing: { cron: '0 3 * * *', timezone: 'UTC' },
      ...{ backend: 'api', route: '/spookify', payload: {}, concurrency: 'skip' },
    },
  },
};
const { dev: _, ...far } = backend('far', { baseUrl: 'https://far.example.com/base' });
const project = {
  config: { ...config, backends: { ...config.backends, far } },
  env: {
    PATH: '/bin',
    EDITOR: 'vi',
    SURREAL_USER: 'owner',
    SURREAL_PASS: 'owner-password',
    SPOOKY_RUNNER_PASSWORD: 'runner-password',
    SPOOKY_GATEWAY_PASSWORD: 'gateway-password',
    SPOOKY_GATEWAY_KEY: 'key-of-all-gateways',
    SPOOKY_API_PASSWORD: 'api-password',
    SPOOKY_MY_MAIL_PASSWORD: 'mail-password',
    API_TOKEN: 'token-of-api',
    MAIL_TOKEN: 'token-of-my-mail',
    FAR_TOKEN: 'token-of-far',
  },
};
const moved = new Map([
  ['web', 3610],
  ['runner', 3677],
  ['gateway', 3678],
  ['gateway.status', 3665],
  ['backend.api', 3670],
  ['backend.my-mail', 4010],
  ['database', 3676],
]);
const noFiles: DevFiles = { envFiles: new Map(), pnpmFolders: new Set() };
const files: DevFiles = { ...noFiles, envFiles: new Map([['/p/web.env', { THEME: 'dark' }]]) };
const plan = planOf(project, placementOf(project.config, moved), files, false);
const environmentOf = (name: string) => plan.commands.find((command) => command.name === name)?.command.env;
const database = { SPOOKY_DATABASE_URL: 'ws://127.0.0.1:3676/rpc', SPOOKY_NAMESPACE: 'main', SPOOKY_DATABASE: 'demo' };

describe('placement', () => {
  it('wants a port for each process of the stack', () => {
    expect(wantedPorts(project.config)).toEqual([
      { name: 'web', host: '127.0.0.1', port: 3600 },
      { name: 'runner', host: '127.0.0.1', port: 3667 },
      { name: 'gateway', host: '127.0.0.1', port: 3668 },
      { name: 'gateway.status', host: '127.0.0.1', port: 3655 },
      { name: 'backend.api', host: '127.0.0.1', port: 3660 },
      { name: 'backend.my-mail', host: 'localhost', port: 4000 },
      { name: 'database', host: '127.0.0.1', port: 3666 },
    ]);
  });

  it('wants no port for a runner without a status server', () => {
    const config = { ...project.config, runner: { host: '127.0.0.1', port: 0 } };
    expect(wantedPorts(config).map(({ name }) => name)).not.toContain('runner');
    expect(planOf({ ...project, config }, placementOf(config, moved), noFiles, false).runner.http).toBeUndefined();
  });

  it('puts the assigned ports into the URLs and keeps the rest of each URL', () => {
    expect(placementOf(project.config, moved)).toEqual({
      web: 'http://127.0.0.1:3610',
      database: 'ws://127.0.0.1:3676/rpc',
      gateway: 'http://127.0.0.1:3678',
      gatewayStatusPort: 3665,
      runnerPort: 3677,
      backends: {
        api: 'http://127.0.0.1:3670',
        'my-mail': 'http://localhost:4010/v1',
        far: 'https://far.example.com/base',
      },
    });
  });
});

describe('the plan', () => {
  it('lists the processes in the order of their start', () => {
    expect(processNames(plan)).toEqual([
      'database',
      'runner',
      'gateway',
      'backend.api.dev',
      'backend.my-mail.dev',
      'frontend.dev',
    ]);
  });

  it('gives a backend only its own user and token', () => {
    expect(environmentOf('backend.my-mail.dev')).toEqual({
      ...{ PATH: '/bin', EDITOR: 'vi', FORCE_COLOR: '0' },
      ...{ HOST: 'localhost', PORT: '4010', ...database },
      SPOOKY_DATABASE_USER: 'my-mail',
      SPOOKY_DATABASE_PASSWORD: 'mail-password',
      SPOOKY_AUTH_TOKEN: 'token-of-my-mail',
      SPOOKY_BACKEND: 'my-mail',
      MAIL_TOKEN: 'token-of-my-mail',
    });
  });

  it('gives the front end no secrets', () => {
    expect(environmentOf('frontend.dev')).toEqual({
      ...{ PATH: '/bin', EDITOR: 'vi', FORCE_COLOR: '0', THEME: 'dark' },
      ...{ HOST: '127.0.0.1', PORT: '3610' },
      SPOOKY_GATEWAY_URL: 'http://127.0.0.1:3678',
    });
  });

  it('gives the database its owner and the runner all URLs', () => {
    expect(plan.database).toEqual({
      storage: { type: 'rocksdb', path: '/p/.data/demo' },
      ...{ host: '127.0.0.1', port: 3676 },
      root: { username: 'owner', password: 'owner-password' },
    });
    expect(plan.runner.http).toEqual({ host: '127.0.0.1', port: 3677 });
    expect(plan.runner.database).toMatchObject({ username: 'runner', password: 'runner-password' });
    expect(plan.runner.backends[0]).toMatchObject({ concurrency: 16, concurrencyPerOwner: 4, marks: 'always' });
    expect(plan.runner.backends.map(({ baseUrl, token }) => [baseUrl, token])).toEqual([
      ['http://127.0.0.1:3670', 'token-of-api'],
      ['http://localhost:4010/v1', 'token-of-my-mail'],
      ['https://far.example.com/base', 'token-of-far'],
    ]);
  });

  it('gives the gateway its address, origins, and the routes of the backends', () => {
    expect(plan.gateway).toMatchObject({
      database: { url: 'ws://127.0.0.1:3676/rpc', username: 'gateway', password: 'gateway-password' },
      tokenKey: 'key-of-all-gateways',
      http: { host: '127.0.0.1', port: 3678 },
      origins: ['http://127.0.0.1:3610', 'http://localhost:3610'],
      project: 'main-demo',
    });
    expect(plan.gateway.backends).toContainEqual({ name: 'my-mail', table: 'my-mail_job', routes: {} });
    expect(JSON.stringify(plan.gateway)).not.toContain('token-of');
  });

  it('lets the owner allow another origin, such as that of a tunnel', () => {
    const env = { ...project.env, SPOOKY_ORIGINS: 'https://tunnel.example.com, http://192.168.0.7:3600' };
    const { gateway } = planOf({ ...project, env }, placementOf(project.config, moved), files, false);
    expect(gateway.origins.slice(2)).toEqual(['https://tunnel.example.com', 'http://192.168.0.7:3600']);
  });

  it('starts no external database and gives its owner’s password to no process', () => {
    const surrealdb: DatabaseConfig = {
      ...{ namespace: 'main', database: 'demo', hosting: 'external' as const, endpoint: 'wss://db.example.com/rpc' },
      ...{ username: 'owner', password: new Secret('owner-password') },
    };
    const external = {
      ...project,
      config: { ...project.config, surrealdb },
      env: { ...project.env, DB_OWNER: 'owner-password' },
    };
    const planned = planOf(external, placementOf(external.config, moved), noFiles, true);
    expect(planned.database).toBeUndefined();
    expect(planned.runner.database.url).toBe('wss://db.example.com/rpc');
    expect(planned.gateway.database.url).toBe('wss://db.example.com/rpc');
    expect(JSON.stringify(planned)).not.toContain('owner-password');
  });
});
