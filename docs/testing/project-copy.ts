/** A copy of the project for the tests of pages that change it, on the installed packages. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { SpookyProcess } from '../../packages/cli/src/testing/spooky-process.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COPIED = [
  ...['apps', 'schema', 'openapi.yaml', 'sp00ky.yml', 'package.json'],
  ...['tsconfig.base.json', 'tsconfig.build.json', 'biome.json', '.gitignore'],
];
const LEFT_OUT = /[/\\](node_modules|dist|\.data|test-results)([/\\]|$)/;
const TOOLS = {
  spooky: 'packages/cli/bin/spooky.js',
  tsc: 'node_modules/typescript/bin/tsc',
  biome: 'node_modules/@biomejs/biome/bin/biome',
};

export interface ProjectCopy {
  /** A file of the copy. */
  at(name: string): string;
  /**
   * Runs a program in the copy; gives what it prints.
   * @throws when it fails
   */
  run(tool: keyof typeof TOOLS, ...args: string[]): Promise<string>;
  /** Runs a test file of the copy. */
  test(file: string): Promise<string>;
  /** Starts `spooky dev` in the copy. */
  dev(env?: Record<string, string>): Promise<RunningCopy>;
  remove(): Promise<void>;
}

export interface RunningCopy {
  /**
   * Makes a job as a new user.
   * @returns its row once it has ended
   */
  runJob(backend: string, route: string, payload: object): Promise<unknown>;
  stop(): Promise<void>;
}

export async function copyProject(): Promise<ProjectCopy> {
  const copy = await mkdtemp(path.join(tmpdir(), 'spooky-copy-'));
  const at = (name: string): string => path.join(copy, name);
  for (const name of COPIED) {
    const filter = (source: string): boolean => !LEFT_OUT.test(source);
    await cp(path.join(ROOT, name), at(name), { recursive: true, filter });
  }
  await symlink(path.join(ROOT, 'node_modules'), at('node_modules'));
  const node = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, args, { cwd: copy })).stdout;
  return {
    at,
    run: (tool, ...args) => node(path.join(ROOT, TOOLS[tool]), ...args),
    test(file) {
      const config = path.join(ROOT, 'vitest.config.ts');
      return node(path.join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', copy, file, '--config', config);
    },
    dev: (env) => startCopy(copy, env),
    remove: () => rm(copy, { recursive: true, force: true }),
  };
}

async function startCopy(copy: string, env: Record<string, string> = {}): Promise<RunningCopy> {
  const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], copy, env);
  const stop = async (): Promise<void> => {
    await spooky.stop('SIGINT');
  };
  const ready = await spooky.ready();
  const { gateway } = ready.urls as { gateway: string };
  const { schema } = await import(path.join(copy, 'apps/web/src/schema.gen.ts'));
  // By path: its types need those of a browser, which this program has none of.
  const { createClient } = await import(path.join(ROOT, 'packages/client/src/index.ts'));
  return {
    async runJob(backend, route, payload) {
      const db = createClient({ schema, url: gateway });
      try {
        await db.auth.signUp('account', { username: `ada-${backend}`, password: 'long-enough-for-a-test' });
        const id = await db.run(backend, route, payload);
        const query = db.query(schema.backends[backend].table).where({ id }).one().build();
        return await new Promise((resolve) => {
          db.watch(query, ({ data }: { data: { status: string } | undefined }) => {
            if (data?.status === 'success' || data?.status === 'failed') resolve(data);
          });
        });
      } finally {
        db.close();
      }
    },
    stop,
  };
}
