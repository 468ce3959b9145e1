import { createHash } from 'node:crypto';
import path from 'node:path';
import type { DevCommand } from '@spookify/config';

/** A program to run, ready for the supervisor. */
export interface Command extends Program {
  /** Programs that run first, one after another. Each must succeed. */
  readonly before: readonly Program[];
  /** Runs after the command has ended, in whatever way. May fail. */
  readonly cleanup?: Program;
}

export interface Program {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The exact environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandContext {
  /** The project's folder. Shell commands run there. */
  readonly root: string;
  /** The name of the backend, or `frontend`. Part of the names of images and containers. */
  readonly name: string;
  /** The user's environment without the secrets of other processes. */
  readonly inherited: Readonly<Record<string, string>>;
  /** The variables of the command's env-file. */
  readonly fromFile: Readonly<Record<string, string>>;
  /** The folders whose scripts run with pnpm instead of npm. */
  readonly pnpmFolders: ReadonlySet<string>;
  /** The variables that `spooky dev` sets, such as the port. They take precedence over all others. */
  readonly injected: Readonly<Record<string, string>>;
  /** The port on this machine. */
  readonly port: number;
}

/** The program that a `dev` command needs on the PATH, unless every system with Node has it. */
export function neededProgram(dev: DevCommand, pnpmFolders: ReadonlySet<string>): 'docker' | 'uv' | 'pnpm' | undefined {
  if (dev.type === 'npm') return pnpmFolders.has(dev.workdir) ? 'pnpm' : undefined;
  return dev.type === 'docker' || dev.type === 'uv' ? dev.type : undefined;
}

/** Turns a `dev` command of sp00ky.yml into programs to run. Pure. */
export function commandOf(dev: DevCommand, context: CommandContext): Command {
  const { root, inherited, fromFile, injected } = context;
  const env = { ...inherited, ...fromFile, ...injected };
  switch (dev.type) {
    case 'shell':
      return { program: 'sh', args: ['-c', dev.command], cwd: root, env, before: [] };
    case 'npm':
      // Silent, because the lines in which npm and pnpm repeat the script add nothing to the prefix of each line.
      return {
        program: context.pnpmFolders.has(dev.workdir) ? 'pnpm' : 'npm',
        args: ['run', '--silent', dev.script],
        cwd: dev.workdir,
        env,
        before: [],
      };
    case 'uv':
      return { program: 'uv', args: ['run', dev.script], cwd: dev.workdir, env, before: [] };
    case 'docker':
      return dockerCommand(dev, context);
  }
}

/** The host name under which a container reaches the loopback services of this machine. */
const HOST_IN_CONTAINER = 'host.docker.internal';
/**
 * Removes the container before each start, including a restart after a crash. A container whose docker client was killed keeps
 * running and keeps the name and the port.
 */
const RUN_ANEW = 'docker rm -f "$0" > /dev/null 2>&1; exec docker run "$@"';

function dockerCommand(dev: Extract<DevCommand, { type: 'docker' }>, context: CommandContext): Command {
  const inside = dev.port ?? context.port;
  const injected: Record<string, string> = {};
  for (const [name, value] of Object.entries(context.injected)) {
    injected[name] = value.replace('//127.0.0.1:', `//${HOST_IN_CONTAINER}:`);
  }
  const own = { ...dev.env, ...injected, HOST: '0.0.0.0', PORT: String(inside) };
  // Every user of the machine can read the arguments, so they have only names. docker takes the values from its environment.
  const names = Object.keys(own).flatMap((name) => ['-e', name]);
  const run = { program: 'sh', cwd: dev.workdir, env: { ...context.inherited, ...own } };
  const prepare = { program: 'docker', cwd: dev.workdir, env: context.inherited };
  const id = `spooky-${slug(path.basename(context.root))}-${digest(context.root)}-${slug(context.name)}`;
  return {
    ...run,
    args: [
      ...['-c', RUN_ANEW, id, '--rm', '--name', id, '--add-host', `${HOST_IN_CONTAINER}:host-gateway`],
      ...['-p', `127.0.0.1:${context.port}:${inside}`],
      ...(dev.envFile === undefined ? [] : ['--env-file', dev.envFile]),
      ...names,
      id,
    ],
    before: [{ ...prepare, args: ['build', '-f', dev.file, '-t', id, dev.workdir] }],
    cleanup: { ...prepare, args: ['rm', '-f', id] },
  };
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'project'
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
