/** Asks the engine how it reads a text, without running it. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../protocol/call.ts';
import { codec } from '../protocol/codec.ts';
import { engineRequest, errorMessage } from '../protocol/frames.ts';

/** Each of several suspects costs a reading of the whole text. */
export const MAX_SUSPECTS = 32;

/** Where a word stands in a text. */
export interface Word {
  readonly at: number;
  readonly length: number;
}

/**
 * Whether the engine can read the whole text when these words are a plain name. Something unreadable is put at the end, so
 * nothing runs, and the engine's complaint says how far it could read.
 */
export async function isReadable(
  { connection, session }: Call,
  text: string,
  words: readonly Word[],
): Promise<boolean> {
  let changed = text;
  for (const { at, length } of words) changed = changed.slice(0, at) + 'z'.repeat(length) + changed.slice(at + length);
  const unreadable = `;)#${randomUUID()}`;
  const params = codec.encode([`${changed}\n${unreadable}`, {}]);
  const reply = await connection.engine.execute(engineRequest('query', params, session.engineId));
  return !reply.ok && errorMessage(reply.error).includes(`| ${unreadable}`);
}
