import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PACKAGE } from './testing/built.ts';
import { PATIENCE } from './testing/patience.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const REPOSITORY = path.resolve(PACKAGE, '../..');

/** A program as small as one can be that keeps the promises of main.ts. */
const program = (says: string) => `
console.log(\`serving ${says} as \${process.pid}\`);
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
setInterval(() => undefined, 1000);
process.send?.('listening');
`;

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
  for (const file of ['dev.ts', 'is-stale.ts'])
    await copyFile(path.join(PACKAGE, 'src', file), path.join(folder, 'src', file));
  await edit(program('one'));
  await writeFile(path.join(folder, 'dist/main.js'), program('one'));
  await writeFile(path.join(folder, 'dist/.tsbuildinfo'), '{}');
  launch(process.execPath, ['src/dev.ts']);
  await vi.waitFor(() => expect(output).toContain('serving one'), PATIENCE);
});
afterEach(async () => {
  // Asked, not killed, so that it can take its compiler along.
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
const serverPid = (): number => Number(/.*serving \w+ as (\d+)/s.exec(output)?.[1]);
const waitFor = (text: string): Promise<void> =>
  vi.waitFor(() => expect(output).toContain(text), { timeout: 60_000, interval: 50 });

describe('npm run dev', () => {
  it('serves what is built at once, what was edited soon, and waits for the next edit of what does not start', async () => {
    expect(output).not.toContain('Starting compilation');
    await edit(program('two'));
    await waitFor('serving two');
    await edit("throw new Error('half an edit');");
    await waitFor('waiting for the next edit');
    await edit(program('three'));
    await waitFor('serving three');
    dev.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(() => process.kill(serverPid(), 0)).toThrow();
  });

  it('ends with its server, so that whoever supervises it starts both again', async () => {
    process.kill(serverPid(), 'SIGKILL');
    expect(await exited).toBe(1);
  });

  it('ends with the shell that npm started it in', async () => {
    dev.kill('SIGTERM');
    await exited;
    // A shell that stays between, as npm's does.
    launch('sh', ['-c', `"${process.execPath}" src/dev.ts; true`]);
    await waitFor('serving one');
    dev.kill('SIGTERM');
    await exited;
  });

  it('takes the server with it, also when it is killed', async () => {
    dev.kill('SIGKILL');
    // Both write into one pipe, so its end is the end of both.
    await exited;
  });
});
