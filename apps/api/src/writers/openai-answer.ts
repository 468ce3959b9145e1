import type { ChatCompletion } from 'openai/resources/chat/completions';
import { cutAtSentence, LONGEST_CONTENT, LONGEST_TITLE, type Suggestion, WriterFailure } from './writer.ts';

const LONGEST_MODEL_NAME = 100;

/**
 * Reads title and content from a model's answer. Servers vary: some wrap the JSON in a code fence, write their reasoning
 * before it, or add text after it. All of these are accepted. A text that is too long is cut at a sentence.
 *
 * @throws WriterFailure `declined` for a refusal, `answer` if there is no usable title and content
 */
export function parseAnswer(completion: ChatCompletion, askedModel: string): Suggestion {
  // The type says what the protocol promises; a server may send something else.
  const choice = (completion as Partial<ChatCompletion> | undefined)?.choices?.[0];
  const message = choice?.message;
  if (message?.refusal) throw new WriterFailure('declined', 'the model refused');
  if (choice?.finish_reason === 'content_filter')
    throw new WriterFailure('declined', 'the content filter stopped the answer');
  const text = message?.content;
  if (typeof text !== 'string' || text.trim() === '') throw new WriterFailure('answer', 'the answer contains no text');
  for (const candidate of candidates(text)) {
    const version = readVersion(candidate);
    if (version === undefined) continue;
    const model = typeof completion.model === 'string' ? completion.model.trim() : '';
    return {
      title: cutAtSentence(version.title, LONGEST_TITLE),
      content: cutAtSentence(version.content, LONGEST_CONTENT),
      writer: (model || askedModel).slice(0, LONGEST_MODEL_NAME),
    };
  }
  const cut = choice?.finish_reason === 'length' ? ', it was cut off' : '';
  throw new WriterFailure('answer', `the answer is not JSON with a title and a content${cut}`);
}

/**
 * The places where the JSON can be: the whole text, a code fence, or from the first brace to the last, after any reasoning.
 */
function candidates(text: string): string[] {
  const spoken = text.replace(/^[\s\S]*<\/think>/, '');
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(spoken)?.[1];
  const braces = spoken.slice(Math.max(0, spoken.indexOf('{')), spoken.lastIndexOf('}') + 1);
  return [text, ...(fenced === undefined ? [] : [fenced]), braces];
}

function readVersion(json: string): { title: string; content: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('title' in value) || !('content' in value)) return undefined;
  const { title, content } = value;
  if (typeof title !== 'string' || typeof content !== 'string') return undefined;
  const tidy = { title: title.toWellFormed().trim().replace(/\s+/gu, ' '), content: content.toWellFormed().trim() };
  return tidy.title === '' || tidy.content === '' ? undefined : tidy;
}
