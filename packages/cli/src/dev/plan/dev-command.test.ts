import type { DevCommand } from '@spookify/config';
import { describe, expect, it } from 'vitest';
import { type CommandContext, commandOf } from './dev-command.ts';

const context: CommandContext = {
  root: '/home/ada/My Project',
  name: 'api',
  inherited: { PATH: '/bin', SHARED: 'user' },
  pnpmFolders: new Set(['/p/apps/locked']),
  fromFile: { FROM_FILE: 'file', SHARED: 'file', PORT: '1' },
  injected: { HOST: '127.0.0.1', PORT: '3660', SPOOKY_DATABASE_URL: 'ws://127.0.0.1:3666/rpc' },
  port: 3660,
};
const env = {
  PATH: '/bin',
  SHARED: 'file',
  FROM_FILE: 'file',
  HOST: '127.0.0.1',
  PORT: '3660',
  SPOOKY_DATABASE_URL: 'ws://127.0.0.1:3666/rpc',
};

describe('commandOf', () => {
  it('runs a string with the shell in the project’s folder', () => {
    expect(commandOf({ type: 'shell', command: 'cargo run -- --port $PORT' }, { ...context, fromFile: {} })).toEqual({
      program: 'sh',
      args: ['-c', 'cargo run -- --port $PORT'],
      cwd: '/home/ada/My Project',
      env: { ...env, SHARED: 'user', FROM_FILE: undefined },
      before: [],
    });
  });

  it.each<[DevCommand, string, string[]]>([
    [{ type: 'npm', script: 'dev:api', workdir: '/p/apps/api' }, 'npm', ['run', '--silent', 'dev:api']],
    [{ type: 'npm', script: 'dev', workdir: '/p/apps/locked' }, 'pnpm', ['run', '--silent', 'dev']],
    [{ type: 'uv', script: 'main.py', workdir: '/p/apps/api' }, 'uv', ['run', 'main.py']],
  ])('runs %o in its workdir, with stack variables over its env-file', (dev, program, args) => {
    expect(commandOf(dev, context)).toEqual({
      program,
      args,
      cwd: 'workdir' in dev ? dev.workdir : '',
      env,
      before: [],
    });
  });

  it('builds and runs a Dockerfile without values in the arguments', () => {
    const dev: DevCommand = {
      type: 'docker',
      file: '/p/api/Dockerfile',
      port: 8080,
      env: { MODE: 'dev' },
      workdir: '/p/api',
      envFile: '/p/api.env',
    };
    const { before, cleanup, ...run } = commandOf(dev, { ...context, fromFile: {} });
    const id = expect.stringMatching(/^spooky-my-project-[0-9a-f]{8}-api$/);
    const inherited = { PATH: '/bin', SHARED: 'user' };
    const prepared = { program: 'docker', cwd: '/p/api', env: inherited };
    expect(before).toEqual([{ ...prepared, args: ['build', '-f', '/p/api/Dockerfile', '-t', id, '/p/api'] }]);
    expect(cleanup).toEqual({ ...prepared, args: ['rm', '-f', id] });
    expect(run).toEqual({
      program: 'sh',
      cwd: '/p/api',
      args: [
        ...['-c', 'docker rm -f "$0" > /dev/null 2>&1; exec docker run "$@"', id],
        ...['--rm', '--name', id, '--add-host', 'host.docker.internal:host-gateway'],
        ...['-p', '127.0.0.1:3660:8080', '--env-file', '/p/api.env'],
        ...['-e', 'MODE', '-e', 'HOST', '-e', 'PORT', '-e', 'SPOOKY_DATABASE_URL', id],
      ],
      env: {
        ...inherited,
        ...{ MODE: 'dev', HOST: '0.0.0.0', PORT: '8080' },
        SPOOKY_DATABASE_URL: 'ws://host.docker.internal:3666/rpc',
      },
    });
  });

  it('publishes the port of the base URL for a container without a port', () => {
    const dev: DevCommand = { type: 'docker', file: '/p/Dockerfile', env: {}, workdir: '/p' };
    expect(commandOf(dev, context).args).toContain('127.0.0.1:3660:3660');
  });
});
