import type { Secret } from '@spookify/config';

/** The text of a person. */
export interface ThreadText {
  title: string;
  content: string;
}

/** A spooky version of a text. */
export interface Suggestion extends ThreadText {
  /** The writer: `offline`, or the name of a model. The thread's author sees it. */
  writer: string;
}

/** Which writer to use. */
export type WriterSettings =
  | { kind: 'offline' }
  | {
      kind: 'openai';
      apiKey: Secret;
      /** Any server that speaks the OpenAI protocol; undefined means OpenAI. */
      baseUrl: string | undefined;
      model: string;
    };

/** The limits of `thread.title` and `thread.content`, in code points, as the database counts them. */
export const LONGEST_TITLE = 200;
export const LONGEST_CONTENT = 10_000;

/** Why a writer has no suggestion. Each kind is one code of the API, and the code decides whether the job is retried. */
export type WriterFailureKind =
  /** The key is not valid. */
  | 'key'
  /** The account has no credit. */
  | 'quota'
  /** The provider does not have the model. */
  | 'model'
  /** Something else than a provider of the protocol answers at the base URL. */
  | 'address'
  /** The provider does not accept the request for another reason. */
  | 'request'
  /** The text, or its spooky version, is too long for the model. */
  | 'long'
  /** The model or a content filter refused this text. */
  | 'declined'
  /** The provider accepts no more requests at the moment. */
  | 'busy'
  /** There was no answer. */
  | 'away'
  /** The answer has no usable text. The next one may have. */
  | 'answer';

/** A writer failed. The message is for the log and the thread's author; it never contains a key. */
export class WriterFailure extends Error {
  override readonly name = 'WriterFailure';
  readonly kind: WriterFailureKind;
  /** The time after which the AI service accepts requests again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: WriterFailureKind,
    message: string,
    options: ErrorOptions & { retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A full stop of any script with closing quotes; in Latin text only if a space or the end follows. */
const UP_TO_SENTENCE_END = /^.*(?:[。！？]["”’」』]?|[.!?…]["'”’)»]?(?=\s|$))/su;

/** Shortens a text to a number of code points: at the end of a sentence if one is near, otherwise at the end of a word. */
export function cutAtSentence(text: string, longest: number): string {
  const points = [...text.trim()];
  if (points.length <= longest) return points.join('');
  const room = points.slice(0, longest).join('');
  const sentence = UP_TO_SENTENCE_END.exec(room)?.[0];
  if (sentence !== undefined && sentence.length > room.length / 2) return sentence.trim();
  const words = points.slice(0, longest - 1).join('');
  const whole = /^.*\s/su.exec(words)?.[0].trimEnd();
  return `${whole !== undefined && whole.length > words.length / 2 ? whole : words}…`;
}
