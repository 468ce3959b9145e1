import { createHash } from 'node:crypto';
import path from 'node:path';
import type { DevCommand } from '@spookify/config';

/** A program to run, ready for the supervisor. */
export interface Command extends Program {
  /** Run to their end first, in this order. */
  readonly before: readonly Program[];
  /** Run when it has ended, however it did. May fail. */
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
  /** The project's folder: shell commands run here. */
  readonly root: string;
  /** What the command is for: `api`, `frontend`. Names images and containers. */
  readonly name: string;
  /** The user's own environment, without what is none of this process's business. */
  readonly inherited: Readonly<Record<string, string>>;
  /** The variables of its env-file. */
  readonly fromFile: Readonly<Record<string, string>>;
  /** The folders whose scripts pnpm runs, not npm. */
  readonly pnpmFolders: ReadonlySet<string>;
  /** What the stack tells it. Wins over everything else: it knows where the ports went. */
  readonly injected: Readonly<Record<string, string>>;
  /** The port on this machine. */
  readonly port: number;
}

/** The program a `dev` command needs on the PATH, beyond what is always there. */
export function neededProgram(dev: DevCommand, pnpmFolders: ReadonlySet<string>): 'docker' | 'uv' | 'pnpm' | undefined {
  if (dev.type === 'npm') return pnpmFolders.has(dev.workdir) ? 'pnpm' : undefined;
  return dev.type === 'docker' || dev.type === 'uv' ? dev.type : undefined;
}

/** Turns a `dev` command of sp00ky.yml into what to run. Pure. */
export function commandOf(dev: DevCommand, context: CommandContext): Command {
  const { root, inherited, fromFile, injected } = context;
  const env = { ...inherited, ...fromFile, ...injected };
  switch (dev.type) {
    case 'shell':
      return { program: 'sh', args: ['-c', dev.command], cwd: root, env, before: [] };
    case 'npm':
      // Silent: their own two lines about what they run say nothing new under our prefix.
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

/** How a container reaches this machine's own loopback services. */
const HOST_IN_CONTAINER = 'host.docker.internal';
/** Each start, also one after a crash: a container that outlived its killed docker client holds the name and the port. */
const RUN_ANEW = 'docker rm -f "$0" > /dev/null 2>&1; exec docker run "$@"';

function dockerCommand(dev: Extract<DevCommand, { type: 'docker' }>, context: CommandContext): Command {
  const inside = dev.port ?? context.port;
  const injected: Record<string, string> = {};
  for (const [name, value] of Object.entries(context.injected)) {
    injected[name] = value.replace('//127.0.0.1:', `//${HOST_IN_CONTAINER}:`);
  }
  const own = { ...dev.env, ...injected, HOST: '0.0.0.0', PORT: String(inside) };
  // Only the names stand in the arguments, where everybody can read them; docker takes the values from its environment.
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
