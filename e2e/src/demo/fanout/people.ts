import { createHash, randomBytes } from 'node:crypto';
import type { Link } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';

/** A person with a session and a thread. */
export interface Person {
  readonly user: RecordId<'user', string>;
  readonly thread: RecordId<'thread', string>;
  /** The token of the session, for `Authorization: Bearer`. */
  readonly token: string;
}

/** Creates people as the owner of the database. A thousand sign-ups would take minutes of password hashing. */
export async function makePeople(owner: Link, count: number): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, index) => ({
    user: new RecordId('user', `person${index}`),
    thread: new RecordId('thread', `thread${index}`),
    token: randomBytes(32).toString('base64url'),
  }));
  for (const { user, thread, token } of people) {
    const row = new RecordId('spooky_session', createHash('sha256').update(token).digest('hex'));
    await owner.queryAll(
      `CREATE $user SET username = $name RETURN NONE;
       CREATE $row SET user = $user, access = 'account', expires_at = time::now() + 1d RETURN NONE;
       CREATE $thread SET title = $name, content = 'A thread of the benchmark.', author = $user RETURN NONE;`,
      { user, row, thread, name: String(user.id) },
    );
  }
  return people;
}
