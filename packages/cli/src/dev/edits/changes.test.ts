import { describe, expect, it } from 'vitest';
import type { Plan, PlannedCommand } from '../plan/plan.ts';
import { changesBetween, sameDatabase } from './changes.ts';

function command(name: string, env: Record<string, string> = {}, reads: string[] = []): PlannedCommand {
  const run = { program: 'sh', args: ['-c', name], cwd: '/p', env, before: [] };
  const startup = { timeoutMs: 1, advice: 'wait' };
  return { name, port: name, command: run, ready: { type: 'port', port: 1 }, startup, reads };
}

function plan(commands: PlannedCommand[], given: Partial<Plan> = {}): Plan {
  const database = { url: 'ws://127.0.0.1:1/rpc', namespace: 'main', database: 'demo', username: 'r', password: 'p' };
  const gateway = {
    ...{
      database,
      tokenKey: 'k',
      http: { host: '127.0.0.1', port: 2 },
      origins: [],
      backends: [],
      project: 'main-demo',
    },
  };
  return { runner: { database, backends: [], schedules: [] }, gateway, commands, ...given };
}

const [api, web, mail] = ['backend.api.dev', 'frontend.dev', 'backend.mail.dev'];
const running = plan([command(api, { A: '1' }, ['/p/openapi.yaml', '/p/api.env']), command(web)]);
const movedGateway = { ...running.gateway, origins: ['http://localhost:3610'] };
const movedRunner = { database: { ...running.runner.database, password: 'q' }, backends: [], schedules: [] };

describe('changesBetween', () => {
  it.each<[string, Plan, string[], Partial<ReturnType<typeof changesBetween>>]>([
    ['does nothing if the plans are equal', plan(running.commands.slice()), ['/p/sp00ky.yml'], {}],
    [
      'restarts a command whose environment differs',
      plan([command(api, { A: '2' }), command(web)]),
      [],
      { restart: [api] },
    ],
    ['restarts a command that reads an edited file', running, ['/p/api.env'], { restart: [api] }],
    [
      'restarts the runner if its options differ',
      plan(running.commands.slice(), { runner: movedRunner }),
      [],
      { restart: ['runner'] },
    ],
    [
      'restarts the gateway if its options differ',
      plan(running.commands.slice(), { gateway: movedGateway }),
      [],
      { restart: ['gateway'] },
    ],
    ['starts a new backend', plan([...running.commands, command(mail)]), [], { start: [mail] }],
    ['stops a removed backend', plan([command(web)]), [], { stop: [api] }],
  ])('%s', (_what, wanted, edited, expected) => {
    expect(changesBetween(running, wanted, edited)).toEqual({ stop: [], restart: [], start: [], ...expected });
  });

  it('recognises another database by its place, name or owner', () => {
    const database = {
      storage: { type: 'memory' },
      host: '127.0.0.1',
      port: 1,
      root: { username: 'a', password: 'b' },
    } as const;
    const one = plan([], { database });
    expect(sameDatabase(one, plan([command(api)], { database, runner: movedRunner }))).toBe(true);
    const others: Partial<Plan>[] = [
      { database: { ...database, storage: { type: 'rocksdb', path: '/p/data' } } },
      { database: { ...database, root: { username: 'a', password: 'c' } } },
      {
        database,
        runner: { database: { ...running.runner.database, namespace: 'other' }, backends: [], schedules: [] },
      },
      {},
    ];
    for (const other of others) expect(sameDatabase(one, plan([], other))).toBe(false);
  });
});
