// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of sp00ky.yml, not of JavaScript
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigError } from './errors.ts';
import { loadConfig } from './load.ts';
import { createProject } from './testing/project.ts';
import { readEditable, readText, readTextIfThere } from './text-file.ts';

async function fileOf(content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spooky-text-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'a.yml');
  await writeFile(file, content);
  return file;
}

const faultOf = async (file: string) => {
  const error: unknown = await readText(file, path.dirname(file)).catch((reason) => reason);
  return error instanceof ConfigError ? [error.issues[0]?.code, error.message] : error;
};
const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

test.each<[what: string, content: string, text: string]>([
  ['plain UTF-8', 'a: ü 👻\n', 'a: ü 👻\n'],
  ['a byte-order mark', '\uFEFFa: 1', 'a: 1'],
  ['two byte-order marks', '\uFEFF\uFEFFa: 1', 'a: 1'],
  ['nothing', '', ''],
  ['only a byte-order mark', '\uFEFF', ''],
  ['a replacement character', 'a: \uFFFD', 'a: \uFFFD'],
])('reads a file with %s', async (_, content, text) => {
  expect(await readText(await fileOf(content))).toBe(text);
});

test.each<[what: string, content: Uint8Array, message: string]>([
  ['UTF-16', Buffer.from('\uFEFFa: 1', 'utf16le'), 'a.yml:1:1: this is UTF-16; save it as UTF-8'],
  ['big-endian UTF-16', bigEndian('\uFEFFa: 1'), 'a.yml:1:1: this is UTF-16; save it as UTF-8'],
  ['UTF-16 without a mark', Buffer.from('a: 1', 'utf16le'), 'a.yml:1:1: this is UTF-16; save it as UTF-8'],
  ['big-endian UTF-16 without a mark', bigEndian('a: 1'), 'a.yml:1:1: this is UTF-16; save it as UTF-8'],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), 'a.yml:1:1: this is UTF-32; save it as UTF-8'],
  ['Windows-1252', Buffer.from('a: 1\nbé: café\n', 'latin1'), 'a.yml:2:2: this byte is not UTF-8'],
  ['a cut character', Buffer.from('a: é').subarray(0, 4), 'a.yml:1:4: this byte is not UTF-8'],
  ['compressed data', Buffer.from([0x1f, 0x8b, 8, 0]), 'a.yml:1:2: this byte is not UTF-8'],
  ['a NUL character', Buffer.from('a: 1\nb: \0'), 'a.yml:2:4: there is a NUL character'],
])('refuses a file with %s at its place', async (_, content, message) => {
  expect(await faultOf(await fileOf(content))).toEqual([
    'SPOOKY_CONFIG_BAD_ENCODING',
    expect.stringContaining(message),
  ]);
});

test('refuses a folder, a device, a file that is too large, and one that is missing', async () => {
  const file = await fileOf('');
  const [folder, large] = [path.join(path.dirname(file), 'folder'), path.join(path.dirname(file), 'large')];
  await mkdir(folder);
  await writeFile(large, '');
  await truncate(large, 16 * 1024 * 1024 + 1);
  expect(await faultOf(folder)).toEqual(['SPOOKY_CONFIG_UNREADABLE', 'folder:1:1: is a folder; name a file']);
  expect(await faultOf('/dev/null')).toEqual(['SPOOKY_CONFIG_UNREADABLE', 'null:1:1: is not a regular file; name one']);
  expect(await faultOf(large)).toEqual([
    'SPOOKY_CONFIG_UNREADABLE',
    'large:1:1: is larger than 16 MiB; make it smaller',
  ]);
  for (const missing of [`${file}.none`, path.join(file, 'below')]) {
    expect(await faultOf(missing)).toEqual([
      'SPOOKY_CONFIG_MISSING_FILE',
      expect.stringContaining('there is no such file'),
    ]);
    expect(await readTextIfThere(missing)).toBeUndefined();
  }
});

test.each<[what: string, content: string, edited: string]>([
  ['LF', 'a\nb\n', 'a\nc\n'],
  ['CRLF', 'a\r\nb\r\n', 'a\r\nc\r\n'],
  ['CRLF and a mark', '\uFEFFa\r\nb\r\n', '\uFEFFa\r\nc\r\n'],
  ['mixed line ends', 'x\r\na\nb\n', 'x\r\na\nc\n'],
])('keeps %s when a file is edited', async (_, content, edited) => {
  const { text, restore } = await readEditable(await fileOf(content));
  expect(restore(text.replace('a\nb\n', 'a\nc\n'))).toBe(edited);
});

test('reads every file of a project in the same way', async () => {
  const crlf = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;
  await using project = await createProject({
    'sp00ky.yml': crlf(
      'backends:\n  api:\n    type: http\n    baseUrl: http://127.0.0.1:3660\n    spec: ./openapi.yaml\n    auth: { type: token, token: "${T}" }\n    method: { type: outbox, table: job, schema: ./schema/outbox/api.surql }\n    dev: { type: npm, script: dev, env-file: ./dev.env }\n',
    ),
    'openapi.yaml': crlf('openapi: 3.1.0\npaths:\n  /go:\n    post: {}\n'),
    '.env': crlf('T=secret\n'),
    'dev.env': crlf('A=1\n'),
    'package.json': crlf('{ "scripts": { "dev": "true" } }\n'),
  });
  const config = await loadConfig({ cwd: project.root, env: {} });
  expect(config.backends.api?.auth?.token.reveal()).toBe('secret');
  expect(Object.keys(config.backends.api?.routes ?? {})).toEqual(['/go']);

  for (const name of ['openapi.yaml', '.env', 'dev.env', 'sp00ky.yml']) {
    await writeFile(path.join(project.root, name), Buffer.from('\uFEFFA=1', 'utf16le'));
    const error: unknown = await loadConfig({ cwd: project.root, env: { T: 'x' } }).catch((reason) => reason);
    expect(String(error)).toContain(`${name}:1:1: this is UTF-16; save it as UTF-8`);
  }
});
