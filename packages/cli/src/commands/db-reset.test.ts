/** `spooky db reset` as a process, on a real data folder. Needs the built package. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type MiniOptions, miniProject } from '../testing/mini-project.ts';
import { SECRETS } from '../testing/secrets.ts';
import { SpookyProcess } from '../testing/spooky-process.ts';
import { answersYes, runDbReset } from './db-reset.ts';

vi.setConfig({ testTimeout: 120_000 });

async function project(options?: MiniOptions) {
  const mini = await miniProject(options);
  onTestFinished(mini.remove);
  return {
    ...mini,
    data: path.join(mini.root, '.data/mini'),
    spooky: async (...args: string[]) => {
      const command = new SpookyProcess(args, mini.root, SECRETS);
      return { code: await command.exited, text: command.text, events: command.events };
    },
  };
}

describe('spooky db reset', () => {
  it('deletes the data only after confirmation', async () => {
    const { data, spooky } = await project();
    expect(await spooky('db', 'migrate')).toMatchObject({ code: 0 });
    const before = await readdir(data);
    for (const args of [[], ['--json']]) {
      const refused = await spooky('db', 'reset', ...args);
      expect(refused).toMatchObject({
        code: 1,
        text: expect.stringContaining('Repeat the command with --yes to confirm.'),
      });
    }
    expect(await readdir(data)).toEqual(before);

    const text = 'deleted the data in .data/mini; the next spooky dev starts with an empty database\n';
    expect(await spooky('db', 'reset', '--yes')).toMatchObject({ code: 0, text });
    await expect(stat(data)).rejects.toThrow('ENOENT');
    expect((await spooky('db', 'reset', '--yes', '--json')).events).toEqual([
      { event: 'reset', path: data, deleted: false },
    ]);
    expect((await spooky('db', 'migrate')).text).toContain('applied schema.surql');
  });

  it('refuses data that is in use and folders with other files', async () => {
    const { data, root, spooky } = await project();
    expect(await spooky('db', 'migrate')).toMatchObject({ code: 0 });
    const server = new SpookyProcess(['db', 'start', `rocksdb:${data}`, '--bind', '127.0.0.1:0'], root, SECRETS);
    onTestFinished(async () => void (await server.stop('SIGKILL')));
    await vi.waitFor(() => expect(server.text).toContain('"port"'), { timeout: 60_000 });
    expect(await spooky('db', 'reset', '--yes')).toMatchObject({
      code: 1,
      text: expect.stringContaining(`Process ${server.pid} is using the data folder`),
    });
    expect(await server.stop()).toBe(0);
    expect(await readdir(data)).toContain('CURRENT');

    const wrong = await project({ path: 'schema' });
    expect((await wrong.spooky('db', 'reset', '--yes')).text).toContain('holds "outbox", but no database');
    expect(await readdir(path.join(wrong.root, 'schema'))).toEqual(['outbox', 'schema.surql']);
  });
});

describe('runDbReset', () => {
  const context = { result: () => {} };
  const place = { namespace: 'main', database: 'mini' };

  it('refuses an external database and data in memory', async () => {
    const external = { ...place, hosting: 'external', endpoint: 'wss://db.example.com/rpc' } as const;
    await expect(runDbReset(external, context, async () => true)).rejects.toMatchObject({
      code: 'SPOOKY_CLI_RESET_REFUSED',
      message: expect.stringContaining('wss://db.example.com/rpc'),
    });
    const inMemory = { ...place, hosting: 'embedded', path: 'memory' } as const;
    await expect(runDbReset(inMemory, context, async () => true)).rejects.toThrow('the data is in memory');
  });
});

describe('the confirmation', () => {
  it.each([
    ['yes\n', true],
    [' YES \n', true],
    ['y\n', false],
    ['\n', false],
    ['', false],
  ])('reads %j as %s', async (typed, expected) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const answered = answersYes('Delete all data in .data/mini?', input, output);
    input.end(typed);
    expect(await answered).toBe(expected);
    expect(String(output.read())).toContain('Delete all data in .data/mini? Type yes: ');
  });
});
