/**
 * Asks the engine's own parser what a word in a text is. The word is replaced by a name, behind which no statement can
 * go on, something unreadable is put at the end, and the engine's complaint tells how far it could read. Nothing is run
 * by that.
 */
import { randomUUID } from 'node:crypto';
import type { Call } from './call.ts';
import { codec } from './codec.ts';
import { engineRequest } from './frames.ts';

/** Each costs a reading of the whole text. */
export const MAX_SUSPECTS = 32;

/** Whether the engine can read the whole text when the words of four letters at these places are a name. */
export async function isReadable({ connection, session }: Call, text: string, places: readonly number[]) {
  let changed = text;
  for (const at of places) changed = `${changed.slice(0, at)}zzzz${changed.slice(at + 4)}`;
  const unreadable = `;)#${randomUUID()}`;
  const params = codec.encode([`${changed}\n${unreadable}`, {}]);
  const reply = await connection.engine.execute(engineRequest('query', params, session.engineId));
  return !reply.ok && (codec.decode(reply.error) as { message: string }).message.includes(`| ${unreadable}`);
}
