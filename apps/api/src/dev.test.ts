import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WRONG_ENVIRONMENT } from './exit-code.ts';
import { PACKAGE } from './testing/built.ts';
import { PATIENCE } from './testing/patience.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const REPOSITORY = path.resolve(PACKAGE, '../..');

/** The smallest program that behaves like main.ts: it reports that it listens and ends on SIGTERM or without its parent. */
const program = (says: string) => `
console.log(\`serving ${says} as \${process.pid}\`);
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
setInterval(() => undefined, 1000);
process.send?.('listening');
`;
/** The same program with routes, which must match `src/spec.txt`. That file is the spec and not part of the program. */
const programWith = (routes: string) => `
import { readFileSync } from 'node:fs';
const spec = readFileSync('src/spec.txt', 'utf8');
if (spec !== '${routes}') throw new Error('the spec names ' + spec + ', the code ${routes}');
${program(routes)}`;

let folder: string;
let dev: ChildProcess;
let output: string;
let exited: Promise<number | null>;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-api-dev-'));
  await Promise.all([mkdir(path.join(folder, 'src')), mkdir(path.join(folder, 'dist'))]);
  await symlink(path.join(REPOSITORY, 'node_modules'), path.join(folder, 'node_modules'));
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  const config = { extends: path.join(REPOSITORY, 'tsconfig.build.json') };
  await writeFile(path.join(folder, 'tsconfig.build.json'), JSON.stringify(config));
  for (const file of ['dev.ts', 'exit-code.ts', 'is-stale.ts', 'watch-compiler.ts'])
    await copyFile(path.join(PACKAGE, 'src', file), path.join(folder, 'src', file));
  await edit(program('one'));
  await writeFile(path.join(folder, 'dist/main.js'), program('one'));
  await writeFile(path.join(folder, 'dist/.tsbuildinfo'), '{}');
  launch(process.execPath, ['src/dev.ts']);
  await vi.waitFor(() => expect(output).toContain('serving one'), PATIENCE);
});
afterEach(async () => {
  // A signal instead of SIGKILL, so that it can stop its compiler.
  dev.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true, force: true });
});

function launch(command: string, args: string[]): void {
  output = '';
  dev = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  dev.stdout?.on('data', (data) => (output += data));
  dev.stderr?.on('data', (data) => (output += data));
  exited = new Promise((resolve) => dev.once('close', resolve));
}

const edit = (text: string): Promise<void> => writeFile(path.join(folder, 'src/main.ts'), text);
const specify = (routes: string): Promise<void> => writeFile(path.join(folder, 'src/spec.txt'), routes);
/** Restarts as the stack does when the spec is edited. */
async function restart(): Promise<void> {
  dev.kill('SIGTERM');
  await exited;
  launch(process.execPath, ['src/dev.ts']);
}
const serverPid = (): number => Number(/.*serving \w+ as (\d+)/s.exec(output)?.[1]);
const waitFor = (text: string): Promise<void> =>
  vi.waitFor(() => expect(output).toContain(text), { timeout: 60_000, interval: 50 });

describe('npm run dev', () => {
  it('serves the existing build at once, then each edit, and waits for the next edit if a build does not start', async () => {
    expect(output).not.toContain('Starting compilation');
    await edit(program('two'));
    await waitFor('serving two');
    await edit("throw new Error('half an edit');");
    await waitFor('waiting for the next edit');
    expect(output).toMatch(/at .*src\/main\.ts:1:7/);
    await edit('\nconst broken = ;');
    await waitFor('src/main.ts(2,16): error TS1109');
    await edit(program('three'));
    await waitFor('serving three');
    dev.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(() => process.kill(serverPid(), 0)).toThrow();
  });

  it('ends with its server, so that its supervisor restarts both', async () => {
    process.kill(serverPid(), 'SIGKILL');
    expect(await exited).toBe(1);
  });

  it('waits for the handler of a route that the spec already names', async () => {
    await specify('one');
    await edit(programWith('one'));
    await waitFor('serving one');
    await specify('two');
    await restart();
    await waitFor('waiting for the next edit');
    expect(output.match(/the spec names two, the code one/g)?.length, 'logs this once for each attempt').toBe(1);
    await edit(programWith('two'));
    await waitFor('serving two');
  });

  it('does not serve a build that is older than its sources', async () => {
    dev.kill('SIGTERM');
    await exited;
    await edit(program('two'));
    launch(process.execPath, ['src/dev.ts']);
    await waitFor('serving two');
    expect(output).not.toContain('serving one');
  });

  it('rebuilds when a build that seems up to date does not start', async () => {
    dev.kill('SIGTERM');
    await exited;
    await specify('two');
    await edit(programWith('two'));
    await writeFile(path.join(folder, 'dist/main.js'), programWith('one'));
    const long = new Date(0);
    await utimes(path.join(folder, 'src/main.ts'), long, long);
    launch(process.execPath, ['src/dev.ts']);
    await waitFor('serving two');
  });

  it('serves the checked-out branch after switches of spec, code and folders with a restart at each', async () => {
    const checkOut = async (branch: string): Promise<void> => {
      await rm(path.join(folder, 'src/routes'), { recursive: true, force: true });
      await mkdir(path.join(folder, 'src/routes', branch), { recursive: true });
      await specify(branch);
      await writeFile(path.join(folder, 'src/routes', branch, 'name.ts'), `export const name = '${branch}';`);
      await edit(`import { name } from './routes/${branch}/name.ts';\n${programWith(branch)}\nconsole.log(name);`);
    };
    for (const branch of ['two', 'one', 'two', 'three', 'two', 'three']) {
      await checkOut(branch);
      await restart();
    }
    await waitFor('serving three');
    await checkOut('two');
    await checkOut('one');
    await waitFor('serving one');
    expect(await readFile(path.join(folder, 'dist/main.js'), 'utf8')).toContain('routes/one');
  });

  it('ends at once when the environment is wrong, because no edit fixes it', async () => {
    dev.kill('SIGTERM');
    await exited;
    await edit(`process.exit(${WRONG_ENVIRONMENT});`);
    launch(process.execPath, ['src/dev.ts']);
    expect(await exited).toBe(WRONG_ENVIRONMENT);
  });

  it('ends with the shell in which npm started it', async () => {
    dev.kill('SIGTERM');
    await exited;
    // A shell in between, as npm has one.
    launch('sh', ['-c', `"${process.execPath}" src/dev.ts; true`]);
    await waitFor('serving one');
    dev.kill('SIGTERM');
    await exited;
  });

  it('stops the server with it, even when it is killed', async () => {
    dev.kill('SIGKILL');
    // Both write to one pipe, so the pipe closes when both have ended.
    await exited;
  });
});
