/** Edits while `spooky dev` runs, with real processes and files. Needs the built package. */
import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { isAlive } from '../../is-alive.ts';
import { type MiniOptions, miniProject } from '../../testing/mini-project.ts';
import { SECRETS } from '../../testing/secrets.ts';
import { SpookyProcess } from '../../testing/spooky-process.ts';

vi.setConfig({ testTimeout: 120_000 });

const started: SpookyProcess[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((spooky) => spooky.stop('SIGKILL')));
});

async function running(options: MiniOptions = {}, files: Record<string, string> = {}) {
  const mini = await miniProject({ path: 'memory', types: true, ...options });
  onTestFinished(mini.remove);
  for (const [name, text] of Object.entries(files)) await mini.write(name, text);
  const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], mini.root, SECRETS);
  started.push(spooky);
  const { urls } = await spooky.ready();
  const read = (file: string) => readFile(path.join(mini.root, file), 'utf8');
  return {
    mini,
    spooky,
    urls: Object(urls) as Record<string, string>,
    read,
    edit: async (file: string, from: string | RegExp, to: string) => {
      const text = await read(file);
      const edited = text.replace(from, to);
      expect(edited, `${file} has ${from}`).not.toBe(text);
      await mini.write(file, edited);
    },
    /** Waits for the reload after this number of earlier ones. */
    reload: (others: number) => spooky.waitFor(({ event }) => event === 'reload', others),
  };
}

const NEW_ROUTE = `paths:
  /haunt:
    post: { requestBody: { content: { application/json: { schema: { type: object } } } }, responses: { '200': { description: ok } } }
`;

/** A server that listens only when each route of the spec has a file, like a dev server that waits for the code. */
const WAITER = `
  import { existsSync, readFileSync } from 'node:fs';
  import { createServer } from 'node:http';
  const waits = readFileSync('openapi.yaml', 'utf8').includes('/haunt');
  if (waits) console.log('waits for code');
  const timer = setInterval(() => {
    if (waits && !existsSync('haunt.code')) return;
    clearInterval(timer);
    createServer((request, response) => response.end()).listen(Number(process.env.PORT), process.env.HOST);
  }, 50);
`;

describe('an edit while spooky dev runs', () => {
  it('of the spec before the code does not block other edits', async () => {
    const backendDev = JSON.stringify(`exec "${process.execPath}" waiter.mjs`);
    const { mini, spooky, edit, read, reload, urls } = await running({ backendDev }, { 'waiter.mjs': WAITER });
    const spec = await read('openapi.yaml');
    const restarted = ['runner', 'gateway', 'backend.api.dev'];
    const answers = (others: number) =>
      spooky.waitFor((one) => one.name === 'backend.api.dev' && one.state === 'running', others);
    const waits = (others: number) => spooky.waitFor(({ line }) => line === 'waits for code', others);
    await edit('openapi.yaml', 'paths:\n', NEW_ROUTE);
    expect(await reload(0)).toMatchObject({ ok: true, restart: restarted });
    await waits(0);
    await mini.write('openapi.yaml', spec);
    expect(await reload(1)).toMatchObject({ ok: true, restart: restarted });
    await answers(1);
    expect((await fetch(urls.api ?? '')).status).toBe(200);

    await edit('openapi.yaml', 'paths:\n', NEW_ROUTE);
    expect(await reload(2)).toMatchObject({ ok: true, restart: restarted });
    await waits(1);
    const silent = /^backend\.api\.dev: nothing listens on 127\.0\.0\.1:\d+; does it use PORT\?$/;
    await spooky.waitFor(({ event, message }) => event === 'note' && silent.test(String(message)));
    await mini.write('haunt.code', 'written');
    await answers(2);
    expect((await fetch(urls.api ?? '')).status).toBe(200);
    expect(spooky.events.filter(({ event, level }) => event === 'note' && level === 'error')).toEqual([]);
    expect(await spooky.stop()).toBe(0);
  });

  it('of the spec writes types and restarts only runner, gateway and backend', async () => {
    const { spooky, edit, read, reload, urls } = await running();
    const before = Object.fromEntries(
      await Promise.all(
        ['database', 'runner', 'gateway', 'backend.api.dev', 'frontend.dev'].map(async (name) => [
          name,
          await spooky.running(name),
        ]),
      ),
    );
    await edit('openapi.yaml', 'paths:\n', NEW_ROUTE);
    expect(await reload(0)).toMatchObject({
      ok: true,
      files: ['openapi.yaml'],
      written: ['schema.payloads.gen.ts', 'schema.gen.ts'],
      restart: ['runner', 'gateway', 'backend.api.dev'],
      ...{ stop: [], start: [], applied: [] },
    });
    expect(await read('schema.gen.ts')).toContain('/haunt');
    const again = (name: string) =>
      spooky.waitFor((one) => one.name === name && one.state === 'running' && one.pid !== before[name]);
    await Promise.all([again('runner'), again('gateway'), again('backend.api.dev')]);
    expect([before.runner, before.gateway, before['backend.api.dev']].filter(isAlive)).toEqual([]);
    expect([before.database, before['frontend.dev']].filter(isAlive)).toHaveLength(2);
    expect((await fetch(urls.api ?? '')).status).toBe(200);
    expect(await spooky.stop()).toBe(0);
    const order = spooky.events.filter(({ state }) => state === 'stopped').map(({ name }) => name);
    expect(order.slice(-5)).toEqual(['frontend.dev', 'gateway', 'runner', 'backend.api.dev', 'database']);
  });

  it('of the schema applies it and restarts nothing', async () => {
    const { spooky, edit, read, reload } = await running();
    await edit('schema/schema.surql', /$/, '\nDEFINE TABLE ghost SCHEMAFULL PERMISSIONS FULL;\n');
    const files = [expect.stringMatching(/schema\.surql$/)];
    expect(await reload(0)).toMatchObject({ ok: true, files, applied: ['schema.surql'], restart: [], start: [] });
    expect(await read('schema.gen.ts')).toContain('ghost');
    expect(await spooky.stop()).toBe(0);
  });

  it('with a mistake is reported with its place, changes nothing, and can be corrected', async () => {
    const { mini, spooky, edit, read, reload, urls } = await running();
    const [config, schema, types] = await Promise.all(['sp00ky.yml', 'schema/schema.surql', 'schema.gen.ts'].map(read));
    const processes = spooky.events.filter(({ event }) => event === 'process').length;

    await mini.write('sp00ky.yml', `${config}\nbackend: {}\n`);
    expect(await reload(0)).toMatchObject({
      ok: false,
      code: 'SPOOKY_CONFIG_INVALID',
      message: expect.stringMatching(/^sp00ky\.yml:\d+:1 backend: .*backends/),
    });
    await mini.write('sp00ky.yml', `${config}\n  : {`);
    expect(await reload(1)).toMatchObject({ ok: false, message: expect.stringMatching(/^sp00ky\.yml:\d+:\d+/) });
    await mini.write('sp00ky.yml', config ?? '');
    expect(await reload(2)).toMatchObject({ ok: true, corrected: true, restart: [] });

    await edit('schema/schema.surql', /$/, '\nDEFINE TABEL ghost;\n');
    expect(await reload(3)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/^schema\/schema\.surql:\d+:\d+/),
    });
    await rm(path.join(mini.root, 'schema/schema.surql'));
    expect(await reload(4)).toMatchObject({ ok: false, message: expect.stringContaining('schema/schema.surql') });
    await mini.write('schema/schema.surql', schema ?? '');
    expect(await reload(5)).toMatchObject({ ok: true, corrected: true });

    await rename(path.join(mini.root, 'sp00ky.yml'), path.join(mini.root, 'away.yml'));
    expect(await reload(6)).toMatchObject({ ok: false, code: 'SPOOKY_CONFIG_NOT_FOUND' });
    await rename(path.join(mini.root, 'away.yml'), path.join(mini.root, 'sp00ky.yml'));
    expect(await reload(7)).toMatchObject({ ok: true, corrected: true });

    expect(await read('schema.gen.ts')).toBe(types);
    expect(spooky.events.filter(({ event }) => event === 'process')).toHaveLength(processes);
    expect((await fetch(urls.api ?? '')).status).toBe(200);
    expect(await spooky.stop()).toBe(0);
  });

  it('adds a backend with its port, secrets and user, and removes it again', async () => {
    const { mini, spooky, read, reload } = await running();
    const config = await read('sp00ky.yml');
    const outbox = await read('schema/outbox/api.surql');
    await mini.write('schema/outbox/mail.surql', outbox.replace(/\bjob\b/g, 'mail_job'));
    const api = /^ {2}api:[\s\S]*/m.exec(config)?.[0] ?? '';
    const mail = api.replace('api:', 'mail:').replace('3660', '3670').replace('table: job', 'table: mail_job');
    await mini.write(
      'sp00ky.yml',
      `${config.trimEnd()}\n${mail.replace('outbox/api', 'outbox/mail').replace('API_AUTH_TOKEN', 'MAIL_TOKEN')}`,
    );
    const added = await reload(0);
    expect(added).toMatchObject({
      ok: true,
      made: ['MAIL_TOKEN', 'SPOOKY_MAIL_PASSWORD'],
      applied: ['outbox/mail.surql'],
      users: ['mail'],
      restart: ['runner', 'gateway'],
      start: ['backend.mail.dev'],
    });
    const pid = await spooky.running('backend.mail.dev');
    expect(isAlive(pid)).toBe(true);

    await mini.write('sp00ky.yml', config);
    expect(await reload(1)).toMatchObject({ ok: true, stop: ['backend.mail.dev'], start: [] });
    await spooky.waitFor(({ name, state }) => name === 'backend.mail.dev' && state === 'stopped');
    expect(isAlive(pid)).toBe(false);
    expect(await spooky.stop()).toBe(0);
  });

  it('of a variable or command restarts the affected processes, and another database is refused', async () => {
    const { mini, spooky, edit, reload, urls } = await running();
    await mini.write('.env', 'HAUNTED=yes\n');
    expect(await reload(0)).toMatchObject({ ok: true, files: ['.env'], restart: ['backend.api.dev', 'frontend.dev'] });
    await expect
      .poll(
        () =>
          fetch(`${urls.api}/env`).then(
            (answer) => answer.json(),
            () => ({}),
          ),
        { timeout: 60_000 },
      )
      .toMatchObject({ HAUNTED: 'yes' });
    await edit('sp00ky.yml', 'path: memory', 'path: .data/other');
    expect(await reload(1)).toMatchObject({ ok: false, code: 'SPOOKY_CLI_NEEDS_NEW_START' });
    await edit('sp00ky.yml', 'path: .data/other', 'path: memory');
    expect(await reload(2)).toMatchObject({ ok: true, restart: [] });
    expect(await spooky.stop()).toBe(0);
  });

  it('of a migration applies nothing, and a change to an applied one is refused', async () => {
    const { mini, spooky, reload, read } = await running({}, { 'schema/migrations/1.surql': 'UPDATE user SET a = 1;' });
    expect(spooky.text).toContain('migrations/1.surql');
    await mini.write('schema/migrations/2.surql', 'UPDATE');
    expect(await reload(0)).toMatchObject({ ok: true, applied: [], waiting: ['migrations/2.surql'] });
    const first = await read('schema/migrations/1.surql');
    await mini.write('schema/migrations/1.surql', `${first} -- changed`);
    expect(await reload(1)).toMatchObject({ ok: false, code: 'SPOOKY_CLI_MIGRATION_CHANGED' });
    await mini.write('schema/migrations/1.surql', first);
    expect(await reload(2)).toMatchObject({ ok: true });
    expect(await spooky.stop()).toBe(0);
  });

  it('that creates a missing file of the config takes effect', async () => {
    const { mini, spooky, edit, read, reload } = await running();
    await edit('sp00ky.yml', './openapi.yaml', './specs/api.yaml');
    expect(await reload(0)).toMatchObject({ ok: false, message: expect.stringContaining('specs/api.yaml') });
    await mini.write('specs/api.yaml', await read('openapi.yaml'));
    expect(await reload(1)).toMatchObject({ ok: true, corrected: true });
    expect(await spooky.stop()).toBe(0);
  });
});
