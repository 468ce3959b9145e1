import { createHmac } from 'node:crypto';
import { createSessionPool, type LinkOptions, type Queries } from '@spookify/surreal-link';
import type { RecordId } from 'surrealdb';
import { GATEWAY_ACCESS } from '../install/names.ts';
import { TOKEN_KEY } from './database.ts';

/** Readers' engine sessions, in which the engine itself applies the permissions. */
export interface ReaderSessions {
  as(reader: RecordId): Queries;
  close(): Promise<void>;
}

export async function openReaderSessions(options: LinkOptions): Promise<ReaderSessions> {
  const pool = createSessionPool(options);
  await pool.open();
  const sessions = new Map<string, Queries>();
  return {
    as(reader) {
      const id = reader.toString();
      const session = sessions.get(id) ?? pool.session(() => ({ token: mint(options, id) }));
      sessions.set(id, session);
      return session;
    },
    close: () => pool.close(),
  };
}

function mint({ namespace, database }: LinkOptions, id: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { NS: namespace, DB: database, AC: GATEWAY_ACCESS, ID: id, iat: now, nbf: now - 60, exp: now + 3_600 };
  const text = [{ alg: 'HS512', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha512', TOKEN_KEY).update(text).digest('base64url')}`;
}
