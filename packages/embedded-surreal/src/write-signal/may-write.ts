/**
 * Whether SurrealQL may write: by its words, which cost little to find. A word inside a string counts too, and so does
 * a call of a function or an API, whose body is not read; the signal is a hint, and one too many does no harm.
 */
const WRITING_WORDS =
  /\b(?:create|insert|update|upsert|delete|relate|define|remove|alter|rebuild|access|fn|mod|silo|sequence|invoke)\b/i;

/** `text` may have one character for each byte: the words are ASCII. */
export const mayWrite = (text: string): boolean => WRITING_WORDS.test(text);
