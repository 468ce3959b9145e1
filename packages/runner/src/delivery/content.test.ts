/** How bodies are read, in every form in which a real backend or a proxy in front of it sends them. */
import type { OutgoingHttpHeaders } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { deliveryTo, http, raw } from '../testing/delivery.ts';
import { aJob } from '../testing/job.ts';
import { AbortHandle } from './abort-handle.ts';
import type { Answer } from './answer.ts';

const RESULT = { writer: 'gh\u00f6st', text: '日本 👻' };
const JSON_TEXT = JSON.stringify(RESULT);
const PLAIN = Buffer.from(JSON_TEXT);

/** The delivery's answer to a response with this body. */
async function answerTo(body: string | Buffer, headers: OutgoingHttpHeaders, status = 200): Promise<Answer> {
  const url = await http((_, response) => response.writeHead(status, headers).end(body));
  return await deliveryTo(url).deliver(aJob(), new AbortHandle());
}

const encoded = (body: Buffer, encoding: string): Promise<Answer> => answerTo(body, { 'content-encoding': encoding });

describe('a compressed answer', () => {
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(PLAIN)],
    ['x-gzip', gzipSync(PLAIN)],
    ['GZIP', gzipSync(PLAIN)],
    ['deflate', deflateSync(PLAIN)],
    ['deflate', deflateRawSync(PLAIN)],
    ['br', brotliCompressSync(PLAIN)],
    ['identity', PLAIN],
    ['', PLAIN],
    ['gzip, br', brotliCompressSync(gzipSync(PLAIN))],
    ['br,identity , gzip', gzipSync(brotliCompressSync(PLAIN))],
    // Two concatenated gzip members, like a log file that was appended to.
    ['gzip', Buffer.concat([gzipSync(PLAIN.subarray(0, 5)), gzipSync(PLAIN.subarray(5))])],
  ])('is decoded from %s', async (encoding, body) => {
    expect(await encoded(body, encoding)).toEqual({ kind: 'answered', status: 200, json: RESULT });
  });

  test('is decoded from the last to the first of several headers', async () => {
    const body = brotliCompressSync(gzipSync(PLAIN));
    const head = `Content-Encoding: gzip\r\nContent-Encoding: br\r\nContent-Length: ${body.length}`;
    const url = await raw(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), body]), false);
    expect(await deliveryTo(url).deliver(aJob(), new AbortHandle())).toMatchObject({ json: RESULT });
  });

  test('keeps the reason of an error', async () => {
    const body = gzipSync(JSON.stringify({ message: 'out of ink' }));
    expect(await answerTo(body, { 'content-encoding': 'gzip' }, 500)).toMatchObject({
      status: 500,
      json: { message: 'out of ink' },
    });
  });

  test.each<[string, Buffer]>([
    ['not compressed at all', PLAIN],
    ['compressed with gzip only', gzipSync(PLAIN)],
  ])('is read although it is %s', async (_, body) => {
    expect(await encoded(body, 'gzip, br')).toMatchObject({ json: RESULT });
  });

  test.each(['deflate', 'br', 'zstd', 'spooky', '*', 'constructor', 'gzip, gzip, gzip, gzip'])(
    'is read unchanged if it is plain but the header says %s',
    async (encoding) => {
      expect(await encoded(PLAIN, encoding)).toMatchObject({ json: RESULT });
    },
  );

  test.each<[string, Buffer, string]>([
    ['truncated gzip', gzipSync(PLAIN).subarray(0, -9), 'gzip'],
    ['gzip with a wrong checksum', gzipSync(PLAIN).fill(0, gzipSync(PLAIN).length - 8), 'gzip'],
    ['truncated deflate', deflateSync(PLAIN).subarray(0, -9), 'deflate'],
    ['truncated raw deflate', deflateRawSync(PLAIN).subarray(0, -9), 'deflate'],
    ['truncated brotli', brotliCompressSync(PLAIN).subarray(0, -9), 'br'],
    ['truncated gzip within brotli', brotliCompressSync(gzipSync(PLAIN).subarray(0, -9)), 'gzip, br'],
    ['gzip but labelled brotli', gzipSync(PLAIN), 'br'],
    ['in an unknown encoding', gzipSync(PLAIN), 'spooky'],
    ['encoded more often than the limit', gzipSync(gzipSync(gzipSync(gzipSync(PLAIN)))), 'gzip, gzip, gzip, gzip'],
  ])('has no result if it is %s', async (_, body, encoding) => {
    expect(await encoded(body, encoding)).toEqual({ kind: 'answered', status: 200, unread: 'no JSON' });
  });

  test('has no result if it is empty', async () => {
    for (const body of [Buffer.alloc(0), gzipSync('')]) {
      expect(await encoded(body, 'gzip')).toEqual({ kind: 'answered', status: 200 });
    }
  });

  test('is no answer if the connection closes in the middle', async () => {
    const body = gzipSync(PLAIN);
    const head = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`);
    const url = await raw(Buffer.concat([head, body.subarray(0, 9)]), true);
    expect(await deliveryTo(url).deliver(aJob(), new AbortHandle())).toMatchObject({ code: 'backend_unreachable' });
  });
});

describe('the limit of decompression', () => {
  const quoted = (length: number) => Buffer.from(`"${'x'.repeat(length - 2)}"`);

  test('allows exactly the maximum size', async () => {
    expect(await encoded(gzipSync(quoted(1024)), 'gzip')).toMatchObject({ json: 'x'.repeat(1022) });
    expect(await encoded(gzipSync(quoted(1025)), 'gzip')).toEqual({
      kind: 'answered',
      status: 200,
      unread: 'too long',
    });
  });

  test.each<[string, Buffer, string]>([
    // 100 KB of zeros are about 120 bytes; in brotli 100 MB are 85.
    ['gzip', gzipSync(Buffer.alloc(100_000)), 'gzip'],
    ['deflate', deflateSync(Buffer.alloc(100_000)), 'deflate'],
    ['raw deflate', deflateRawSync(Buffer.alloc(100_000)), 'deflate'],
    ['brotli', brotliCompressSync(Buffer.alloc(100_000_000)), 'br'],
    ['gzip in gzip', gzipSync(gzipSync(Buffer.alloc(10_000_000))), 'gzip, gzip'],
    ['gzip in brotli in gzip', gzipSync(brotliCompressSync(gzipSync(Buffer.alloc(10_000_000)))), 'gzip, br, gzip'],
  ])('stops a bomb of %s', async (_, body, encoding) => {
    expect(await encoded(body, encoding)).toMatchObject({ unread: 'too long' });
  });
});

describe('the text of an answer', () => {
  const utf16le = (text: string) => Buffer.from(text, 'utf16le');
  const utf16be = (text: string) => utf16le(text).swap16();
  const typed = (body: Buffer, type: string) => answerTo(body, { 'content-type': type });

  test.each<[string, Buffer, string]>([
    ['UTF-8', PLAIN, 'application/json'],
    ['UTF-8, named in capitals', PLAIN, 'application/json; Charset="UTF-8"'],
    ['UTF-8 of another type', PLAIN, 'text/html; charset=utf-8'],
    ['UTF-8 after a byte-order mark', Buffer.from(`\ufeff${JSON_TEXT}`), 'application/json'],
    ['UTF-8 after a mark that contradicts the type', Buffer.from(`\ufeff${JSON_TEXT}`), 'text/json; charset=utf-16'],
    ['UTF-16LE after a mark', utf16le(`\ufeff${JSON_TEXT}`), 'application/json'],
    ['UTF-16BE after a mark', utf16be(`\ufeff${JSON_TEXT}`), 'application/json; charset=utf-8'],
    ['UTF-16LE', utf16le(JSON_TEXT), 'application/json; charset=utf-16'],
    ['UTF-16BE', utf16be(JSON_TEXT), 'application/json; profile="x"; charset=utf-16be'],
    ['UTF-8 with an unknown charset', PLAIN, 'application/json; charset=spooky'],
    ['UTF-8 with an unsupported charset', PLAIN, 'application/json; charset=utf-32'],
    ['UTF-8 with an empty charset', PLAIN, 'application/json; charset='],
  ])('may be %s', async (_, body, type) => {
    expect(await typed(body, type)).toMatchObject({ json: RESULT });
  });

  test.each<[string, number[], string]>([
    ['iso-8859-1', [0x22, 0xf6, 0x22], 'ö'],
    ['windows-1252', [0x22, 0x80, 0x22], '€'],
    ['ISO-8859-15', [0x22, 0xa4, 0x22], '€'],
    ['Shift_JIS', [0x22, 0x93, 0xfa, 0x22], '日'],
    ['euc-kr', [0x22, 0xb0, 0xa1, 0x22], '가'],
    ['koi8-r', [0x22, 0xc1, 0x22], 'а'],
  ])('may be in %s', async (charset, bytes, json) => {
    expect(await typed(Buffer.from(bytes), `application/json; charset=${charset}`)).toMatchObject({ json });
  });

  test('has U+FFFD for bytes that are invalid in its charset', async () => {
    expect(await typed(Buffer.from([0x22, 0xf6, 0x22]), 'application/json')).toMatchObject({ json: '\ufffd' });
  });

  test('does not keep the token, whatever the encoding', async () => {
    const body = gzipSync(utf16le(JSON.stringify({ echo: 'Bearer s3cret' })));
    const headers = { 'content-type': 'application/json; charset=utf-16le', 'content-encoding': 'gzip' };
    expect(await answerTo(body, headers)).toMatchObject({ json: { echo: 'Bearer [redacted]' } });
  });
});

test.each(['application/problem+json', 'Application/Problem+JSON; charset=utf-8'])(
  'reads %s as a problem document',
  async (type) => {
    const body = JSON.stringify({ title: 'Out of ink' });
    const headers = { 'content-type': type };
    expect(await answerTo(body, headers, 503)).toMatchObject({ json: { title: 'Out of ink' }, problem: true });
    expect(await answerTo('no JSON', headers, 503)).toEqual({ kind: 'answered', status: 503, unread: 'no JSON' });
  },
);

test('reads JSON of any other type as no problem document', async () => {
  for (const type of ['application/json', 'application/problem+json-seq', 'text/plain']) {
    expect(await answerTo('{"title":"x"}', { 'content-type': type }, 503)).not.toHaveProperty('problem');
  }
});

test('keeps an error within a 200 as the result', async () => {
  expect(await answerTo('{"error":{"code":7}}', {})).toEqual({
    kind: 'answered',
    status: 200,
    json: { error: { code: 7 } },
  });
});
