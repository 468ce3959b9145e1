import { cutAtSentence, LONGEST_CONTENT, LONGEST_TITLE, type Suggestion, WriterFailure } from '../writer.ts';
import { findObjects } from './find-json.ts';

const LONGEST_MODEL_NAME = 100;

/** The parts of an answer that are used. The protocol promises more, but servers vary. */
interface Answer {
  readonly model?: unknown;
  readonly choices?: readonly (Choice | undefined)[];
}

interface Choice {
  readonly finish_reason?: unknown;
  readonly text?: unknown;
  readonly message?: {
    readonly content?: unknown;
    readonly refusal?: unknown;
    readonly reasoning_content?: unknown;
    readonly reasoning?: unknown;
    readonly tool_calls?: readonly { readonly function?: { readonly arguments?: unknown } }[];
  };
}

/**
 * Reads title and content from a model's answer. Content can be text, parts of text, an object or the arguments of a tool
 * call. Reasoning and any text around the JSON are ignored. A text that is too long is cut at a sentence.
 *
 * @throws WriterFailure `declined` for a refusal, `long` if the answer reached the model's limit, `answer` if there is no
 * usable title and content
 */
export function parseAnswer(answer: unknown, askedModel: string): Suggestion {
  const { model, choices } = (answer ?? {}) as Answer;
  const choice = Array.isArray(choices) ? (choices as Answer['choices'])?.[0] : undefined;
  const finish = typeof choice?.finish_reason === 'string' ? choice.finish_reason.toLowerCase() : '';
  const refusal = refusalIn(choice?.message);
  if (refusal !== undefined) throw new WriterFailure('declined', `the model refused: ${refusal}`);
  if (/content.?filter|safety|prohibited|recitation|blocklist/.test(finish)) {
    throw new WriterFailure('declined', 'the content filter stopped the answer');
  }
  const texts = textsIn(choice);
  for (const found of texts.flatMap((text) => (typeof text === 'string' ? findObjects(text) : [text]))) {
    const version = readVersion(found);
    if (version === undefined) continue;
    return {
      title: cutAtSentence(version.title, LONGEST_TITLE),
      content: cutAtSentence(version.content, LONGEST_CONTENT),
      writer: ((typeof model === 'string' && model.trim()) || askedModel).slice(0, LONGEST_MODEL_NAME),
    };
  }
  if (finish === 'length' || finish === 'max_tokens') {
    throw new WriterFailure('long', 'the answer was cut off at the limit of the model');
  }
  throw new WriterFailure('answer', whyUnusable(choice, texts));
}

/** Content as text or as an object, then what servers send instead of content. */
function textsIn(choice: Choice | undefined): (string | object)[] {
  const message = choice?.message;
  const calls = Array.isArray(message?.tool_calls) ? message.tool_calls : [];
  const texts = [joined(message?.content), choice?.text, ...calls.map((call) => call?.function?.arguments)];
  return texts.filter((text) => (typeof text === 'string' ? text.trim() !== '' : isObject(text))) as (
    | string
    | object
  )[];
}

/** Joins the parts of a text. Parts of another type, such as reasoning, are left out. */
function joined(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content
    .map((part: unknown) => {
      if (typeof part === 'string') return part;
      if (!isObject(part) || !('text' in part) || typeof part.text !== 'string') return '';
      return 'type' in part && !['text', 'output_text'].includes(String(part.type)) ? '' : part.text;
    })
    .join('');
}

function refusalIn(message: Choice['message']): string | undefined {
  const parts: unknown[] = Array.isArray(message?.content) ? message.content : [];
  const refusals = [
    message?.refusal,
    ...parts.map((part) => (isObject(part) && 'refusal' in part ? part.refusal : '')),
  ];
  return refusals.find((one): one is string => typeof one === 'string' && one.trim() !== '');
}

function whyUnusable(choice: Choice | undefined, texts: readonly unknown[]): string {
  if (choice === undefined) return 'the answer has no choices, so it is not one of the OpenAI protocol';
  if (texts.length > 0) return 'the answer contains no JSON with a title and a content';
  const { reasoning_content, reasoning } = choice.message ?? {};
  return reasoning_content || reasoning ? 'the answer contains only reasoning' : 'the answer contains no text';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function readVersion(value: object): { title: string; content: string } | undefined {
  if (!('title' in value) || !('content' in value)) return undefined;
  const { title, content } = value;
  if (typeof title !== 'string' || typeof content !== 'string') return undefined;
  const tidy = { title: withoutControls(title).replace(/\s+/gu, ' ').trim(), content: withoutControls(content).trim() };
  return tidy.title === '' || tidy.content === '' ? undefined : tidy;
}

/** Removes lone surrogates and the control characters that are not white space. */
function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '');
}
