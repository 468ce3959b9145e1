import { Uuid } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DatabaseSocket } from '../connection/database-socket.ts';
import { LinkError } from '../errors.ts';
import { settingsOf } from '../options.ts';
import { NAMES, ROOT, SERVICE, startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { type DatabaseErrorKind, databaseErrorKind, errorToBlame, isExpired } from './database-errors.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.close());

const SIGN_IN = { ns: NAMES.namespace, db: NAMES.database, user: SERVICE.username, pass: SERVICE.password };

/** A bare socket: nothing is repeated, so every error is the engine's own. */
async function openSocket(): Promise<DatabaseSocket> {
  const socket = await DatabaseSocket.open(settingsOf(database.options), new AbortController().signal);
  onTestFinished(() => socket.close(new LinkError('SPOOKY_LINK_CLOSED', 'the test is over')));
  return socket;
}

async function openService(): Promise<DatabaseSocket> {
  const socket = await openSocket();
  await socket.call('signin', [SIGN_IN]);
  return socket;
}

/** Service users may not run SLEEP, without which transactions rarely overlap. */
async function openOwner(): Promise<DatabaseSocket> {
  const socket = await openSocket();
  await socket.call('signin', [{ user: ROOT.username, pass: ROOT.password }]);
  await socket.call('use', [NAMES.namespace, NAMES.database]);
  return socket;
}

/** The error that the work fails with. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** One row per error that the engine returned for one text of the service user. */
const STATEMENTS: readonly (readonly [text: string, kind: DatabaseErrorKind])[] = [
  ['CREATE note:1; CREATE note:1', 'already-exists'],
  ['BEGIN; CREATE note:2; CREATE note:2; COMMIT', 'already-exists'],
  [
    'DEFINE INDEX one ON seat FIELDS number UNIQUE; CREATE seat SET number = 1; CREATE seat SET number = 1',
    'already-exists',
  ],
  ["THROW 'username-taken'", 'thrown'],
  ["THROW 'Transaction conflict: this transaction can be retried'", 'thrown'],
  ["THROW 'the session has expired'", 'thrown'],
  ["BEGIN; CREATE note; THROW 'no'; CREATE note; COMMIT", 'thrown'],
  ["DEFINE USER other ON DATABASE PASSWORD 'p' ROLES EDITOR", 'not-allowed'],
  ['SELECT * FROM ONLY [1, 2]', 'statement'],
  ['RETURN 1 +', 'statement'],
  ['DEFINE FIELD n ON numbers TYPE int; CREATE numbers SET n = "x"', 'statement'],
  ['SLEEP 1s', 'not-allowed'],
  [
    'DEFINE FIELD n ON numbers TYPE int; CREATE numbers SET n = "Transaction conflict: this transaction can be retried"',
    'statement',
  ],
  ['SELECT * FROM ONLY note:1 TIMEOUT 0ns', 'statement'],
  ['LIVE SELECT * FROM there_is_none', 'statement'],
];

describe('databaseErrorKind', () => {
  it.for(STATEMENTS)('classifies the error of %s as %s', async ([text, kind]) => {
    const socket = await openService();
    const error = await errorOf(socket.query(text));
    expect([databaseErrorKind(error), error]).toEqual([kind, expect.any(Error)]);
  });
});

describe('databaseErrorKind for concurrent transactions', () => {
  const RACES = {
    'one statement': '{ LET $n = (SELECT VALUE n FROM ONLY race:1); SLEEP 20ms; UPDATE race:1 SET n = $n + 1 }',
    'a transaction': `BEGIN; LET $n = (SELECT VALUE n FROM ONLY race:1); SLEEP 20ms;
      UPDATE race:1 SET n = $n + 1; CREATE note; COMMIT`,
    definitions: 'BEGIN; DEFINE TABLE OVERWRITE race; SLEEP 20ms; DEFINE FIELD OVERWRITE n ON race TYPE int; COMMIT',
  };

  it.for(Object.entries(RACES))(
    'classifies the losers of %s as conflicts, and nothing else fails',
    async ([, text]) => {
      const sockets = await Promise.all(Array.from({ length: 6 }, openOwner));
      await sockets[0]?.query('UPSERT race:1 SET n = 0');
      const errors: unknown[] = [];
      while (errors.length === 0) {
        const outcomes = await Promise.all(sockets.map((socket) => errorOf(socket.query(text))));
        errors.push(...outcomes.filter((error) => error !== undefined));
      }
      expect(new Set(errors.map(databaseErrorKind))).toEqual(new Set(['conflict']));
    },
  );
});

describe('databaseErrorKind for sessions', () => {
  let socket: DatabaseSocket;

  it.for([
    ['a session without a user', 'session-ended', () => socket.query('RETURN 1')],
    ['a wrong password', 'credentials-refused', () => socket.call('signin', [{ ...SIGN_IN, pass: 'wrong' }])],
    ['an unknown user', 'credentials-refused', () => socket.call('signin', [{ ...SIGN_IN, user: 'stranger' }])],
    ['an invalid token', 'statement', () => socket.call('authenticate', ['a.b.c'])],
    ['a method that does not exist', 'statement', () => socket.call('no_such_method')],
  ] as const)('classifies %s as %s', async ([, kind, provoke]) => {
    socket = await openSocket();
    const error = await errorOf(provoke());
    expect([databaseErrorKind(error), error]).toEqual([kind, expect.any(Error)]);
  });

  it('classifies an expired session and an unknown session as ended', async () => {
    await database.asOwner((owner) =>
      owner.query(`DEFINE USER brief ON DATABASE PASSWORD 'p' ROLES EDITOR DURATION FOR TOKEN 1s, FOR SESSION 1s`),
    );
    socket = await openSocket();
    const token = await socket.call<string>('signin', [{ ...SIGN_IN, user: 'brief', pass: 'p' }]);
    const error = await vi.waitFor(async () => {
      const found = await errorOf(socket.query('RETURN 1'));
      expect(found).toBeDefined();
      return found;
    }, 20_000);
    expect([databaseErrorKind(error), isExpired(error)]).toEqual(['session-ended', true]);
    const again = await errorOf(socket.call('authenticate', [token]));
    expect([databaseErrorKind(again), isExpired(again)]).toEqual(['session-ended', true]);
    const unknown = await errorOf(socket.query('RETURN 1', {}, { session: Uuid.v4() }));
    expect([databaseErrorKind(unknown), isExpired(unknown)]).toEqual(['session-ended', false]);
  });
});

it('classifies errors that are not answers of the database as other', () => {
  for (const error of [
    new Error('This transaction can be retried'),
    new LinkError('SPOOKY_LINK_AWAY', ''),
    'x',
    null,
  ]) {
    expect(databaseErrorKind(error)).toBe('other');
  }
});

it('blames the failed statement, not the statements skipped because of it', async () => {
  const socket = await openService();
  const error = await errorOf(socket.query("BEGIN; CREATE note; CREATE note; THROW 'mine'; CREATE note; COMMIT"));
  expect(error).toMatchObject({ message: 'An error occurred: mine' });
  expect(errorToBlame([])).toBeUndefined();
});
