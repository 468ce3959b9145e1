import { expect, it } from 'vitest';
import { utf8Lines } from './utf8-lines.ts';

/** The text that passes, read in pieces of one byte. */
async function passed(content: Uint8Array): Promise<string> {
  async function* bytes() {
    for (const byte of content) yield Uint8Array.of(byte);
  }
  const lines: Buffer[] = [];
  for await (const line of utf8Lines(bytes(), 'backup.surql')) lines.push(line);
  return Buffer.concat(lines).toString();
}

it.each<[what: string, content: string, text: string]>([
  ['UTF-8', 'CREATE a;\nCREATE b SET c = "é👻";', 'CREATE a;\nCREATE b SET c = "é👻";'],
  ['a byte-order mark', '\uFEFFCREATE a;\r\n', 'CREATE a;\r\n'],
  ['a byte-order mark inside', 'CREATE a;\n\uFEFFCREATE b;', 'CREATE a;\n\uFEFFCREATE b;'],
  ['nothing', '', ''],
])('passes on %s', async (_, content, text) => {
  expect(await passed(Buffer.from(content))).toBe(text);
});

it.each<[what: string, content: Uint8Array, message: string]>([
  ['UTF-16', Buffer.from('\uFEFFCREATE a;\n', 'utf16le'), 'backup.surql:1:1: this is UTF-16; save it as UTF-8'],
  [
    'UTF-16 without a mark',
    Buffer.from('CREATE a;\n', 'utf16le'),
    'backup.surql:1:1: this is UTF-16; save it as UTF-8',
  ],
  [
    'Windows-1252',
    Buffer.from('CREATE a;\nCREATE b SET c = "é";', 'latin1'),
    'backup.surql:2:19: this byte is not UTF-8',
  ],
  ['a compressed export', Buffer.from([0x1f, 0x8b, 8, 0]), 'backup.surql:1:2: this byte is not UTF-8'],
])('refuses %s', async (_, content, message) => {
  await expect(passed(content)).rejects.toMatchObject({
    code: 'SPOOKY_CLI_BAD_ARGUMENT',
    message: expect.stringContaining(message),
  });
});
