import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completes, type OpenAiServer, sends, startOpenAiServer } from '../../testing/openai-server.ts';
import { writeWithOpenAi } from '../openai.ts';
import { LONGEST_CONTENT, type Suggestion } from '../writer.ts';

const GOOD = { title: 'A haunted house', content: 'It is old.\nIt listens.' };
const JSON_TEXT = JSON.stringify(GOOD);

let server: OpenAiServer;
beforeAll(async () => {
  server = await startOpenAiServer();
});
afterAll(() => server.close());

function write(answer: OpenAiServer['answer']): Promise<Suggestion> {
  server.answer = answer;
  const options = { apiKey: 'sk-key', baseUrl: server.baseUrl, model: 'ghost-writer', timeoutMs: 25_000 };
  return writeWithOpenAi({ title: 'T', content: 'C' }, options, new AbortController().signal);
}

const message = (parts: object) => completes(null, parts);
const stream = (...events: (object | string)[]): string =>
  events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
const delta = (content: string, finish_reason: string | null = null) => ({
  model: 'ghost-1',
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const halves = [JSON_TEXT.slice(0, 20), JSON_TEXT.slice(20)] as const;
const streamed = stream(delta(halves[0]), delta(halves[1]), delta('', 'stop'), '[DONE]');

describe('an answer of a model', () => {
  it.each<[string, OpenAiServer['answer']]>([
    ['one part of text', message({ content: [{ type: 'text', text: JSON_TEXT }] })],
    ['two parts of text', message({ content: halves.map((text) => ({ type: 'text', text })) })],
    [
      'parts after a part of reasoning',
      message({
        content: [
          { type: 'thinking', text: '{"title":"no","content":"no"}' },
          { type: 'output_text', text: JSON_TEXT },
        ],
      }),
    ],
    ['parts that are strings', message({ content: [...halves] })],
    ['an object instead of text', message({ content: GOOD })],
    [
      'the arguments of a tool call',
      message({ tool_calls: [{ type: 'function', function: { name: 'json', arguments: JSON_TEXT } }] }),
    ],
    ['a text of the older protocol', completes(null, {}, { text: JSON_TEXT })],
    ['text beside reasoning', message({ content: JSON_TEXT, reasoning_content: '{"title":"no","content":"no"}' })],
    ['text after marked reasoning', completes(`<thinking>{"title":"no","content":"no"}</thinking>${JSON_TEXT}`)],
    ['text after reasoning without its first mark', completes(`Hm, {maybe}.</think>\n\n${JSON_TEXT}`)],
    ['a draft before the answer', completes(`Draft: {"title":"no","content":"no"}. Better: ${JSON_TEXT}`)],
    ['a second object after the answer', completes(`${JSON_TEXT} {"mood":"eerie"}`)],
    ['a code fence with a name', completes(`\`\`\`JSON\n${JSON_TEXT}\n\`\`\`\nBoo!`)],
    ['a code fence on one line', completes(`\`\`\`${JSON_TEXT}\`\`\``)],
    ['braces in the words before it', completes(`I use {curly} braces: ${JSON_TEXT}`)],
    ['line breaks inside the strings', completes(JSON_TEXT.replaceAll('\\n', '\n'))],
    ['a limit that was reached after the JSON', completes(GOOD, {}, { finish_reason: 'length' })],
    [
      'JSON without a content type',
      sends(200, { choices: [{ message: { content: JSON_TEXT } }] }, { 'content-type': 'text/plain' }),
    ],
    ['a byte-order mark', sends(200, `\ufeff${JSON.stringify({ choices: [{ message: { content: JSON_TEXT } }] })}`)],
    ['a stream of events', sends(200, streamed, { 'content-type': 'text/event-stream' })],
    ['a stream without its content type', sends(200, `: OPENROUTER PROCESSING\n\n${streamed}`)],
    ['a stream without its end mark', sends(200, streamed.replace('data: [DONE]\n\n', ''))],
    [
      'a stream with reasoning and usage',
      sends(
        200,
        stream(
          { choices: [{ delta: { reasoning_content: 'Hm.' } }] },
          delta(JSON_TEXT, 'stop'),
          { choices: [], usage: {} },
          '[DONE]',
        ),
      ),
    ],
  ])('is accepted with %s', async (_what, answer) => {
    await expect(write(answer)).resolves.toMatchObject(GOOD);
  });

  it.each<[string, string, OpenAiServer['answer'], RegExp]>([
    ['declined', 'a refusal', message({ refusal: 'I cannot do that.' }), /I cannot do that/],
    ['declined', 'a part that is a refusal', message({ content: [{ type: 'refusal', refusal: 'No.' }] }), /No\./],
    ['declined', 'a streamed refusal', sends(200, stream({ choices: [{ delta: { refusal: 'No.' } }] })), /No\./],
    ['declined', 'a content filter', completes(GOOD, {}, { finish_reason: 'content_filter' }), /filter/],
    ['declined', 'a filter of another provider', completes('', {}, { finish_reason: 'SAFETY' }), /filter/],
    ['long', 'a limit in the middle', completes(halves[0], {}, { finish_reason: 'length' }), /cut off/],
    [
      'long',
      'a limit during the reasoning',
      completes('', { reasoning_content: 'Hm' }, { finish_reason: 'length' }),
      /cut off/,
    ],
    ['answer', 'only reasoning', message({ reasoning_content: JSON_TEXT }), /only reasoning/],
    ['answer', 'reasoning that does not end', completes(`<think>Let me see {`), /no JSON/],
    ['answer', 'no content', message({}), /no text/],
    ['answer', 'an empty list of parts', message({ content: [] }), /no text/],
    [
      'answer',
      'a tool call without a text',
      message({ tool_calls: [{ function: { name: 'search', arguments: '{"q":1}' } }] }),
      /no JSON/,
    ],
    ['answer', 'tool calls of a wrong form', message({ tool_calls: 'none' }), /no text/],
    ['answer', 'no choices', sends(200, { choices: [] }), /no choices/],
    ['answer', 'choices of a wrong form', sends(200, { choices: null }), /no choices/],
    ['answer', 'null', sends(200, 'null'), /no choices/],
    ['answer', 'an empty body', sends(200, ''), /no choices/],
    ['answer', 'another protocol', sends(200, { message: { content: JSON_TEXT } }), /no choices/],
    ['answer', 'a stream that breaks off', sends(200, stream(delta(halves[0]))), /no JSON/],
    ['answer', 'a stream with a broken event', sends(200, stream('{"cho')), /no choices/],
    ['answer', 'an endless answer', sends(200, 'x'.repeat(5 * 1024 * 1024)), /more than 4 MiB/],
  ])('is "%s" with %s', async (kind, _what, answer, message) => {
    await expect(write(answer)).rejects.toMatchObject({ kind, message: expect.stringMatching(message) });
  });

  it('is read in the charset of its header or of its byte-order mark', async () => {
    const text = { title: 'Das Gespenst über Köln', content: 'Ein Käuzchen ruft.' };
    const body = JSON.stringify({ choices: [{ message: { content: JSON.stringify(text) } }] });
    const latin = { 'content-type': 'application/json; charset=iso-8859-1' };
    await expect(write(sends(200, Buffer.from(body, 'latin1'), latin))).resolves.toMatchObject(text);
    await expect(write(sends(200, Buffer.from(`\ufeff${body}`, 'utf16le')))).resolves.toMatchObject(text);
    const unknown = { 'content-type': 'application/json; charset=ghost' };
    await expect(write(sends(200, Buffer.from(body), unknown))).resolves.toMatchObject(text);
  });

  it('loses lone surrogates and control characters, and keeps emoji', async () => {
    const raw = '{"title":"A \\ud83d\\ude31 \\ud83d title\\u0000","content":"Boo\\u001b[31m \\ud83d\\udc7b"}';
    const { title, content } = await write(completes(raw));
    expect([title, content]).toEqual(['A 😱 \ufffd title', 'Boo[31m 👻']);
  });

  it('is cut between characters if it is very long', async () => {
    const { content } = await write(completes({ title: 'T', content: '👻'.repeat(100_000) }));
    expect([...content].length).toBeLessThanOrEqual(LONGEST_CONTENT);
    expect(content.isWellFormed()).toBe(true);
  });

  it('is read in little time even if it is full of braces and quotes', async () => {
    await expect(write(completes('{"'.repeat(500_000)))).rejects.toMatchObject({ kind: 'answer' });
    await expect(write(completes('\\"{'.repeat(300_000)))).rejects.toMatchObject({ kind: 'answer' });
  });
});
