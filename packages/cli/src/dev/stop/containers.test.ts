/**
 * No container keeps running, in whatever way `spooky dev` ends. docker is a stand-in. Its containers behave like real ones: they are
 * not children of the docker client, keep running when the client is killed, and end with `docker rm -f`. Needs the built package.
 */
import { chmod, readFile } from 'node:fs/promises';
import path from 'node:path';
import { acceptsConnections } from '@spookify/supervisor';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isAlive } from '../../is-alive.ts';
import { miniProject } from '../../testing/mini-project.ts';
import { SECRETS } from '../../testing/secrets.ts';
import { CRASH, SpookyProcess } from '../../testing/spooky-process.ts';
import { addressOf } from '../plan/placement.ts';

/** With `obedient`, the client forwards SIGTERM to the container, as docker does. With `stubborn`, the container ignores it. */
const DOCKER = `
  import { spawn } from 'node:child_process';
  import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
  const [kind, folder, command, ...args] = process.argv.slice(2);
  const file = folder + '/' + (command === 'run' ? args[args.indexOf('--name') + 1] : args.at(-1));
  const kill = () => {
    if (!existsSync(file)) return false;
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    rmSync(file);
    return true;
  };
  if (command === 'rm' && !kill()) process.exit(1);
  if (command === 'run') {
    if (existsSync(file)) throw new Error('the name is in use');
    const [, port] = / 127\\.0\\.0\\.1:(\\d+):/.exec(args.join(' '));
    const serve = "require('http').createServer((q, s) => s.end()).listen(" + port + ", '127.0.0.1')";
    const container = spawn(process.execPath, ['-e', serve], { detached: true, stdio: 'ignore' });
    appendFileSync(file, String(container.pid));
    appendFileSync(folder + '/containers', container.pid + '\\n');
    process.on('SIGTERM', () => kind === 'obedient' && kill());
    container.on('exit', (code) => process.exit(code ?? 137));
  }
`;

vi.setConfig({ testTimeout: 120_000 });

const started: SpookyProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((spooky) => spooky.stop('SIGKILL')));
});

async function running(kind: 'obedient' | 'stubborn') {
  const mini = await miniProject({ path: 'memory', backendDev: '{ type: docker, file: Dockerfile }' });
  onTestFinished(mini.remove);
  await mini.write('Dockerfile', 'FROM scratch\n');
  await mini.write('docker.mjs', DOCKER);
  await mini.write(
    'bin/docker',
    `#!/bin/sh\nexec "${process.execPath}" "${mini.root}/docker.mjs" ${kind} "${mini.root}" "$@"\n`,
  );
  await chmod(path.join(mini.root, 'bin/docker'), 0o755);
  const PATH = `${path.join(mini.root, 'bin')}:${process.env.PATH}`;
  const execArgv = ['--import', CRASH];
  const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], mini.root, { ...SECRETS, PATH }, { execArgv });
  started.push(spooky);
  const { urls } = await spooky.ready();
  const containers = async () =>
    (await readFile(path.join(mini.root, 'containers'), 'utf8')).trimEnd().split('\n').map(Number);
  // The port may answer before the client has written the process id.
  await vi.waitFor(async () => expect((await containers()).every(Boolean)).toBe(true), 30_000);
  return {
    spooky,
    mini,
    containers,
    async expectNothingLeft() {
      const pids = [...spooky.processIds, ...(await containers())];
      await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 60_000 });
      expect(await acceptsConnections(addressOf(String(Object(urls).api)))).toBe(false);
    },
  };
}

describe.each(['obedient', 'stubborn'] as const)('with %s containers, spooky dev', (kind) => {
  it.each([
    ['SIGINT', 0],
    ['SIGKILL', 'SIGKILL'],
    ['SIGUSR2', 1],
  ] as const)('leaves nothing after %s', async (signal, code) => {
    const { spooky, containers, expectNothingLeft } = await running(kind);
    expect((await containers()).filter(isAlive)).toHaveLength(1);
    expect(await spooky.stop(signal)).toBe(code);
    await expectNothingLeft();
  });
});

it('replaces a container whose client was killed', async () => {
  const { spooky, containers, expectNothingLeft } = await running('obedient');
  process.kill(await spooky.running('backend.api.dev'), 'SIGKILL');
  await spooky.running('backend.api.dev', 1);
  await vi.waitFor(async () => expect((await containers()).map(isAlive)).toEqual([false, true]), 60_000);
  expect(await spooky.stop()).toBe(0);
  await expectNothingLeft();
});
