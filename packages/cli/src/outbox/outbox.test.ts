/** `spooky outbox`, and a project with a second backend that is one command and one entry in sp00ky.yml. */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine } from '@spookify/embedded-surreal';
import { OUTBOX_VERSION } from '@spookify/runner/outbox';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { runCheck } from '../generate/check.ts';
import { schemaFiles } from '../migrate/schema-files.ts';
import { addOutbox, configEntry } from './add.ts';
import { changedLines } from './changed-lines.ts';
import { upgradeOutboxes } from './upgrade.ts';

vi.setConfig({ testTimeout: 60_000 });

const SPEC = 'openapi: 3.1.0\npaths:\n  /go:\n    post: {}\n';
const API = `backends:
  api:
    type: http
    baseUrl: http://127.0.0.1:3660
    spec: ./api.openapi.yaml
    auth: { type: token, token: "\${API_AUTH_TOKEN}" }
    method: { type: outbox, table: job, schema: ./schema/queue/api.surql }
`;

let root: string;
const at = (name: string): string => path.join(root, name);
const read = (name: string): Promise<string> => readFile(at(name), 'utf8');
const options = () => ({ cwd: root, env: {} });

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'spooky-outbox-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await mkdir(at('schema'));
  await writeFile(at('sp00ky.yml'), API);
  await writeFile(at('api.openapi.yaml'), SPEC);
  await writeFile(at('mail.openapi.yaml'), SPEC);
  await writeFile(at('schema/schema.surql'), 'DEFINE TABLE person SCHEMAFULL PERMISSIONS FULL;\n');
});

describe('adding', () => {
  it('takes table and file from sp00ky.yml, and follows the name where it is not there', async () => {
    expect(await addOutbox('api', options())).toEqual({
      ...{ backend: 'api', table: 'job', file: at('schema/queue/api.surql'), configured: true },
    });
    expect(await addOutbox('e-mail', options())).toEqual({
      ...{ backend: 'e-mail', table: 'e_mail_job', file: at('schema/outbox/e-mail.surql'), configured: false },
    });
    expect(await read('schema/outbox/e-mail.surql')).toContain('DEFINE TABLE OVERWRITE e_mail_job');
  });

  it('overwrites nothing', async () => {
    await mkdir(at('schema/queue'));
    await writeFile(at('schema/queue/api.surql'), '-- mine');
    await expect(addOutbox('api', options())).rejects.toMatchObject({ code: 'SPOOKY_CLI_FILE_EXISTS' });
    expect(await read('schema/queue/api.surql')).toBe('-- mine');
  });

  it('refuses a name that no backend can have', async () => {
    await expect(addOutbox('../Mail', options())).rejects.toMatchObject({ code: 'SPOOKY_CLI_BAD_ARGUMENT' });
  });

  it('makes a second backend with one command and one entry', async () => {
    await addOutbox('api', options());
    const mail = await addOutbox('mail', options());
    await writeFile(at('sp00ky.yml'), `${API}${configEntry(mail, root)}\n`);

    const check = await runCheck(undefined, options());
    expect(check).toMatchObject({ ok: true });
    if (!check.ok) return;
    expect(Object.values(check.config.backends).map(({ method }) => method.table)).toEqual(['job', 'mail_job']);

    const engine = await openEngine();
    onTestFinished(() => engine.close());
    await engine.use('main', 'main');
    for (const file of schemaFiles(check.config)) await engine.query(await readFile(file, 'utf8'));
    await engine.query(`CREATE person:ada; DEFINE ACCESS account ON DATABASE TYPE RECORD SIGNIN { RETURN person:ada }`);
    const ada = await engine.signIn('account', {});
    await ada.query(
      `CREATE mail_job:good SET path = '/go', unique_key = 'a'; CREATE mail_job:bad SET path = '/go', retries = 1`,
    );
    await ada.query(`CREATE mail_job:assigned SET path = '/go', assigned_to = person:ada`);
    expect(await engine.query('SELECT id, status FROM mail_job; SELECT * FROM job')).toMatchObject([
      [{ status: 'pending' }],
      [],
    ]);
  });
});

describe('upgrading', () => {
  it('says what is out of date, then brings it up to date and keeps the rule', async () => {
    const { file } = await addOutbox('api', options());
    const current = (await readFile(file, 'utf8')).replace('RETURN false', 'RETURN $auth.id != NONE');
    const older = current.replace(`version ${OUTBOX_VERSION}`, 'version 1').replace('<= 262144', '<= 99999');
    await writeFile(file, older);

    expect(await upgradeOutboxes(undefined, true, options())).toMatchObject([{ file, state: 'stale' }]);
    expect(await readFile(file, 'utf8')).toBe(older);
    const [upgraded] = await upgradeOutboxes('api', false, options());
    expect(upgraded).toMatchObject({ state: 'upgraded' });
    expect(upgraded?.changes.map(({ sign }) => sign)).toEqual(['-', '+', '-', '+']);
    expect(await readFile(file, 'utf8')).toBe(current);
    expect(await upgradeOutboxes(undefined, false, options())).toMatchObject([{ state: 'unchanged', changes: [] }]);
  });

  it.each([
    ['DEFINE TABLE job;', 'spooky outbox add api, and copy'],
    ['', 'has no version or no marks'],
  ])('says what to do about a file without marks: %j', async (text, remedy) => {
    await mkdir(at('schema/queue'));
    await writeFile(at('schema/queue/api.surql'), text);
    await expect(upgradeOutboxes(undefined, false, options())).rejects.toMatchObject({
      code: 'SPOOKY_CLI_BAD_OUTBOX_FILE',
      message: expect.stringContaining(remedy),
    });
    expect(await read('schema/queue/api.surql')).toBe(text);
  });

  it('says what to do about a file that is not there, and a backend that is not', async () => {
    await expect(upgradeOutboxes('api', false, options())).rejects.toThrow('is not there; run spooky outbox add api.');
    await expect(upgradeOutboxes('apy', false, options())).rejects.toThrow(
      'There is no backend apy; did you mean api?',
    );
  });
});

it('lists the lines that differ, in reading order', () => {
  expect(changedLines('a\nb\nc\nd', 'a\nB\nc\nd\ne')).toEqual([
    { sign: '-', text: 'b' },
    { sign: '+', text: 'B' },
    { sign: '+', text: 'e' },
  ]);
});
