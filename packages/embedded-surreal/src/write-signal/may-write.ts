/**
 * Whether SurrealQL may write, judged by its words, which is cheap. A word in a string counts too, and so does a call
 * of a function or an API, because its body is not read. The signal is a hint, so a false positive does no harm.
 */
const WRITING_WORDS =
  /\b(?:create|insert|update|upsert|delete|relate|define|remove|alter|rebuild|access|fn|mod|silo|sequence|invoke)\b/i;

/** A text that begins with this comment writes only what no other client needs to notice, such as a gateway's position. */
const UNSIGNALED = '-- no write signal\n';

/** `text` may have one character per byte, because the words are ASCII. */
export const mayWrite = (text: string): boolean => !text.startsWith(UNSIGNALED) && WRITING_WORDS.test(text);
