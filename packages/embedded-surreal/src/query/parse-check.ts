/** Checks how the engine parses a text, without running it. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../protocol/call.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest, errorMessage } from '../protocol/frames.ts';

/** The limit of words to check in one text. Each check makes the engine parse the whole text. */
export const MAX_CHECKED_WORDS = 32;

/** The position of a word in a text. */
export interface Word {
  readonly at: number;
  readonly length: number;
}

/**
 * Whether the engine can parse the whole text if these words are replaced with a plain name. An invalid end is added so
 * that nothing runs, and the engine's error shows how far it could parse.
 */
export async function parses({ connection, session }: Call, text: string, words: readonly Word[]): Promise<boolean> {
  let changed = text;
  for (const { at, length } of words) changed = changed.slice(0, at) + 'z'.repeat(length) + changed.slice(at + length);
  const unreadable = `;)#${randomUUID()}`;
  const params = codec.encode([`${changed}\n${unreadable}`, {}]);
  const reply = await connection.engine.execute(engineRequest('query', params, session.engineId));
  return !reply.ok && errorMessage(reply.error).includes(`| ${unreadable}`);
}
