/** What `spooky add backend` writes into a project, and that it writes nothing when a part of it cannot be. */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseEnvFile } from '@spookify/config';
import { tryLock } from '@spookify/embedded-surreal/lock-file';
import { newOutboxFile } from '@spookify/runner/outbox';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCheck } from '../../generate/check.ts';
import { runGenerate } from '../../generate/generate.ts';
import { loadWithoutTokens } from '../../load-without-tokens.ts';
import { type MiniProject, miniProject } from '../../testing/mini-project.ts';
import { addBackend, type NewBackend } from './add-backend.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Another than a `spooky dev` of this machine has. */
const PORT = 21_361;

async function project(): Promise<MiniProject & { add(backend: Partial<NewBackend>): ReturnType<typeof addBackend> }> {
  const mini = await miniProject({ types: true });
  onTestFinished(mini.remove);
  const options = { file: path.join(mini.root, 'sp00ky.yml'), env: {} };
  return { ...mini, add: (backend) => addBackend({ name: 'mail', ...backend }, options) };
}

/** Every file of a folder, with its text. */
async function filesOf(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(path.relative(root, entry.parentPath), entry.name));
  return Object.fromEntries(
    await Promise.all(names.sort().map(async (name) => [name, await readFile(path.join(root, name), 'utf8')] as const)),
  );
}

async function expectRefused(mini: Awaited<ReturnType<typeof project>>, backend: Partial<NewBackend>, error: object) {
  const before = await filesOf(mini.root);
  const folders = await readdir(mini.root);
  await expect(mini.add(backend)).rejects.toMatchObject(error);
  expect(await filesOf(mini.root)).toEqual(before);
  expect(await readdir(mini.root)).toEqual(folders);
}

describe('adding a backend', () => {
  it('writes an entry, a spec, an outbox, an app and secrets, and the project passes spooky check', async () => {
    const { root, add } = await project();
    const before = await filesOf(root);
    const added = await add({ port: PORT });
    const after = await filesOf(root);
    expect(added).toMatchObject({ backend: 'mail', path: '/echo', baseUrl: `http://127.0.0.1:${PORT}` });
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toEqual([
      ...['.env', 'apps/mail/openapi.yaml', 'apps/mail/package.json', 'apps/mail/src/app.test.ts'],
      ...['apps/mail/src/app.ts', 'apps/mail/src/main.ts', 'apps/mail/tsconfig.json', 'schema.gen.ts'],
      'schema.payloads.gen.ts',
      ...['schema/outbox/mail.surql', 'sp00ky.yml'],
    ]);
    const files = added.files.map((file) => path.relative(root, file));
    expect(files.toSorted()).toEqual(changed.filter((name) => name !== '.env'));

    expect(after['schema/outbox/mail.surql']).toBe(newOutboxFile({ backend: 'mail', table: 'mail_job' }));
    expect(after['schema.gen.ts']).toContain(
      "mail: { '/echo': { payload: { text: string }; result: { answer: string } } };",
    );
    expect(await runCheck(path.join(root, 'sp00ky.yml'), { env: {} })).toMatchObject({ ok: true });
  });

  it('puts new secrets into .env, keeps those that are there, and says none of them', async () => {
    const { root, write, add } = await project();
    await write('.env', 'MAIL_AUTH_TOKEN=mine\n# mine, too\n');
    const added = await add({});
    expect(added.made).toEqual(['SPOOKY_MAIL_PASSWORD']);
    const text = await readFile(path.join(root, '.env'), 'utf8');
    expect(text).toContain('MAIL_AUTH_TOKEN=mine\n# mine, too\n');
    const { SPOOKY_MAIL_PASSWORD: password = '' } = parseEnvFile(text, '.env');
    expect(Buffer.from(password, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(added)).not.toContain(password);
    expect((await stat(path.join(root, '.env'))).mode & 0o777).toBe(0o600);
  });

  it('takes the scope of the workspace and the versions that are installed', async () => {
    const { root, write, add } = await project();
    await write('package.json', '{ "name": "some-project", "workspaces": ["apps/*"] }');
    await write('node_modules/fastify/package.json', '{ "version": "5.99.0" }');
    await add({});
    expect(JSON.parse(await readFile(path.join(root, 'apps/mail/package.json'), 'utf8'))).toMatchObject({
      name: '@some-project/mail',
      dependencies: { fastify: '5.99.0', '@fastify/bearer-auth': expect.stringMatching(/^\d/) },
    });
  });

  it('writes no code for a backend with a dev command', async () => {
    const { root, add } = await project();
    const added = await add({ name: 'words', dev: '{ type: uv, script: main.py, workdir: ./apps/words }' });
    expect(await readdir(path.join(root, 'apps/words'))).toEqual(['openapi.yaml']);
    expect(added.left).toEqual([expect.stringContaining('POST /echo in apps/words')]);
    const check = await runCheck(path.join(root, 'sp00ky.yml'), { env: {} });
    expect(check).toMatchObject({ ok: true });
    if (!check.ok) return;
    expect(check.config.backends.words?.dev).toMatchObject({ type: 'uv', workdir: path.join(root, 'apps/words') });
  });

  it('gives each its port, and leaves out one that a program has', async () => {
    const { add } = await project();
    const first = Number(new URL((await add({ name: 'one' })).baseUrl).port);
    const server = createServer().listen(first + 1, '127.0.0.1');
    onTestFinished(() => void server.close());
    const second = Number(new URL((await add({ name: 'two' })).baseUrl).port);
    expect(first).toBeGreaterThan(3660);
    expect(second).toBeGreaterThan(first + 1);
  });
});

describe('a backend is refused, and nothing is written, when', () => {
  it.each(['Mail', 'e_mail', '1st', '', '../mail', 'runner', 'database'])('its name is %j', async (name) => {
    await expectRefused(await project(), { name }, { code: 'SPOOKY_CLI_BAD_ARGUMENT' });
  });

  it('it was added before: all that is there is named', async () => {
    const mini = await project();
    await mini.add({});
    await expectRefused(
      mini,
      {},
      {
        code: 'SPOOKY_CLI_FILE_EXISTS',
        message: expect.stringMatching(
          /backends\.mail in .*sp00ky\.yml, .*apps\/mail, .*schema\/outbox\/mail\.surql\. Choose/,
        ),
      },
    );
  });

  it.each([
    ['its folder is there', 'apps/mail/notes.txt', 'mine', /apps\/mail/],
    ['its outbox file is there', 'schema/outbox/mail.surql', '-- mine', /mail\.surql/],
    [
      'its table is there',
      'schema/schema.surql',
      'DEFINE TABLE mail_job SCHEMAFULL PERMISSIONS NONE;',
      /the table mail_job/,
    ],
    [
      'its package is there',
      'libraries/post/package.json',
      '{ "name": "@mini/mail" }',
      /the package @mini\/mail in libraries\/post/,
    ],
  ])('%s', async (_, file, text, message) => {
    const mini = await project();
    await mini.write('package.json', '{ "name": "mini", "workspaces": ["apps/*", "libraries/*"] }');
    await mini.write(file, text);
    await expectRefused(mini, {}, { code: 'SPOOKY_CLI_FILE_EXISTS', message: expect.stringMatching(message) });
  });

  it('its port is that of another part of the project, or of a program', async () => {
    const mini = await project();
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await vi.waitUntil(() => server.listening);
    const address = server.address();
    const busy = typeof address === 'object' ? (address?.port ?? 0) : 0;
    for (const [port, owner] of [
      [3660, 'that of backend.api'],
      [3668, 'that of gateway'],
      [busy, 'in use by another program'],
    ] as const) {
      const message = expect.stringContaining(`Port ${port} is ${owner}`);
      await expectRefused(mini, { port }, { code: 'SPOOKY_CLI_PORT_TAKEN', message });
    }
  });

  it('sp00ky.yml cannot take the entry, which is then shown', async () => {
    const mini = await project();
    const config = path.join(mini.root, 'sp00ky.yml');
    const { backends } = (await readFile(config, 'utf8')).match(/(?<backends>backends:[\s\S]*)/)?.groups ?? {};
    expect(backends).toBeDefined();
    await writeFile(config, (await readFile(config, 'utf8')).replace(backends ?? '', 'backends: { }\nschedules: {}\n'));
    await mini.add({});
    await expectRefused(
      mini,
      { name: 'words', dev: '{ type: uv' },
      { code: 'SPOOKY_CLI_BAD_ARGUMENT', message: expect.stringContaining('  words:\n    type: http') },
    );
  });

  it('its dev command is none: what was written before is taken back', async () => {
    await expectRefused(
      await project(),
      { dev: '{ type: rocket }' },
      { message: expect.stringContaining('backends.mail.dev.type: must be shell or npm or docker or uv') },
    );
  });

  it('a folder cannot be made: what was written before is taken back', async () => {
    const mini = await project();
    await mini.write(
      'sp00ky.yml',
      (await filesOf(mini.root))['sp00ky.yml']?.replaceAll('schema/outbox', 'schema') ?? '',
    );
    await mini.write('schema/api.surql', (await filesOf(mini.root))['schema/outbox/api.surql'] ?? '');
    await rm(path.join(mini.root, 'schema/outbox'), { recursive: true });
    await mini.write('schema/outbox', 'a file in the place of the folder');
    await expectRefused(mini, {}, { code: 'EEXIST' });
  });

  it('.env is held by another process: what was written before is taken back, the types, too', async () => {
    const mini = await project();
    await runGenerate(await loadWithoutTokens({ file: path.join(mini.root, 'sp00ky.yml'), env: {} }));
    const attempt = await tryLock(path.join(mini.root, '.env.lock'));
    if (attempt.kind === 'locked') onTestFinished(attempt.lock.release);
    await expectRefused(mini, {}, { code: 'SPOOKY_CLI_ENV_FILE_BUSY' });
  });

  it('the schema is wrong', async () => {
    const mini = await project();
    await mini.write('schema/schema.surql', 'DEFINE TABL oops;');
    await expectRefused(mini, {}, { name: 'ConfigError' });
  });
});
