import { Uuid } from 'surrealdb';
import { describe, expect, it } from 'vitest';
import { codec } from '../protocol/codec.ts';
import { connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { RawClient } from '../testing/raw-client.ts';
import { isTooLong, MAX_TERMS } from './expression-length.ts';

const credentials = [{ user: root.username, pass: root.password }];

/** Two clients of the same owner, and the live queries that `INFO FOR TABLE note` lists. */
async function connectTwo() {
  const { url } = await startTestServer();
  const admin = await connectRoot(url);
  await admin.query('DEFINE TABLE note');
  const [ada, eve] = [await RawClient.connect(url), await RawClient.connect(url)];
  for (const client of [ada, eve]) {
    await client.call('signin', credentials);
    await client.call('use', [names.namespace, names.database]);
  }
  const liveQueries = async () => {
    const [info] = await admin.query<[{ lives: object }]>('INFO FOR TABLE note');
    return Object.keys(info.lives);
  };
  return { url, admin, ada, eve, liveQueries };
}

type Attempt = (id: string) => [text: string, variables?: object];

const forms: Record<string, Attempt> = {
  text: (id) => [`KILL u"${id}"`],
  'single quotes, capitals and comments': (id) => [`RETURN 1; kIlL /* ; */ -- '\n # "\n u'${id.toUpperCase()}'`],
  'a variable': (id) => ['KILL $id', { id: new Uuid(id) }],
  'a variable of text': (id) => ['KILL$id', { id }],
  'a transaction': (id) => [`BEGIN; KILL u"${id}"; COMMIT`],
  'after a string that looks like the end': (id) => [`RETURN "\\"; -- "; KILL u"${id}"`],
  'after a regular expression with a quote': (id) => [`RETURN "a" = /"/; KILL u"${id}"; RETURN "a" = /"/`],
};

describe('KILL inside a query', () => {
  it('ends no live query of another connection', async () => {
    const { ada, eve, liveQueries } = await connectTwo();
    const { result } = await ada.call('live', ['note']);
    const id = String(result);
    const hidden: Record<string, Attempt> = {
      ...forms,
      'a value that the query computes': (id) => [
        `LET $x = type::uuid("${id.slice(0, 9)}" + "${id.slice(9)}"); KILL $x`,
      ],
      'a quoted parameter': (id) => ['KILL $`id`', { id }],
      escapes: (id) => [`KILL u"\\u{${id.charCodeAt(0).toString(16)}}${id.slice(1)}"`],
      'a variable of the request that the query changes': (id) => [
        `LET $own = u"${id}"; KILL $own`,
        { own: new Uuid(id) },
      ],
      'an id from INFO': () => ['LET $x = object::keys((INFO FOR TABLE note).lives)[0]; KILL $x'],
    };
    for (const [name, attempt] of Object.entries(hidden)) {
      const { result, error } = await eve.call('query', attempt(id));
      const failed = error !== undefined || (result as { status: string }[]).some(({ status }) => status === 'ERR');
      expect(failed, name).toBe(true);
      expect(await liveQueries(), name).toEqual([id]);
    }
    expect(await eve.call('query', [`KILL u"${id}"`])).toMatchObject({
      result: [{ status: 'ERR', result: `Cannot execute KILL statement using id: u'${id}'` }],
    });
    expect(await eve.call('query', ['RETURN 7; KILL $nothing; RETURN 8'])).toMatchObject({
      result: [{ result: 7 }, { result: 'Cannot execute KILL statement using id: $nothing' }, { result: 8 }],
    });
    const request = Buffer.from(codec.encode({ id: 'raw', method: 'query', params: ['#'] }));
    const text = (part: string) => Buffer.from(codec.encode(part));
    const chunks = [Buffer.of(0x81, 0x7f), text('KI'), text('LL '), text(`u"${id}"`), Buffer.of(0xff)];
    await eve.send(Buffer.concat([request.subarray(0, -3), ...chunks]));
    expect(await liveQueries(), 'a keyword in two chunks').toEqual([id]);
  });

  it.each(['\r', '\u0085', '\u2028', '\u2029', '\f', '\v'])(
    'ends none of another connection after a comment that the engine ends at %j',
    async (end) => {
      const { ada, eve, liveQueries } = await connectTwo();
      const { result: other } = await ada.call('live', ['note']);
      const { result: own } = await eve.call('live', ['note']);
      await eve.call('query', [`KILL # ${end} u"${other}"; RETURN \n u"${own}"`]);
      expect(await liveQueries()).toContain(String(other));
    },
  );

  it('ends live queries of its own connection in every form', async () => {
    const { ada, liveQueries } = await connectTwo();
    for (const [name, attempt] of Object.entries(forms)) {
      const { result } = await ada.call('live', ['note']);
      const answer = await ada.call('query', attempt(String(result)));
      expect(JSON.stringify(answer), name).not.toContain('ERR');
      expect(await liveQueries(), name).toEqual([]);
    }
    const { result } = await ada.call('live', ['note']);
    await ada.call('let', ['mine', result]);
    await ada.call('query', ['KILL $mine']);
    expect(await liveQueries()).toEqual([]);
  });

  it('has no effect in strings, names and comments', async () => {
    const { eve } = await connectTwo();
    const id = '0191b0a4-8f0e-7cc2-9f5e-6a7b8c9d0e1f';
    const text = `-- KILL $x\nRETURN { kill: "KILL u'${id}'; KILL $x", skill: [/* kill */ 1].kill }`;
    expect(await eve.call('query', [text, { x: id }])).toMatchObject({
      result: [{ status: 'OK', result: { kill: `KILL u'${id}'; KILL $x` } }],
    });
    expect(await eve.call('query', ['SELECT FROM kill'])).toMatchObject({
      error: { message: expect.stringContaining('SELECT FROM kill') },
    });
  });
});

/** A text as the server checks it: one character per byte. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('an expression too long for the engine’s stack', () => {
  const long = {
    sum: '1 + '.repeat(1e5),
    not: '!'.repeat(1e5),
    cast: '<int>'.repeat(1e5),
    nested: '(1) + '.repeat(1e5),
  };

  it.each(Object.entries(long))('is refused: %s', async (_name, row) => {
    const { url } = await startTestServer();
    const client = await RawClient.connect(url);
    await client.call('signin', credentials);
    expect(await client.call('query', [`RETURN ${row}1`])).toMatchObject({
      error: { code: -32000, message: 'Parse error: Exceeded query recursion depth limit' },
    });
  });

  it('is found despite strings, comments and regular expressions', () => {
    expect(isTooLong(`RETURN /'/; RETURN ${long.sum}1; RETURN /'/`, false)).toBe(true);
    expect(isTooLong(`-- '\nRETURN ${long.sum}1`, false)).toBe(true);
    expect(isTooLong(`RETURN ${'1 /* ; */ + '.repeat(MAX_TERMS)}1`, false)).toBe(true);
    for (const end of ['\r', '\u0085', '\u2028', '\u2029']) {
      expect(isTooLong(bytes(`RETURN 1 # ${end} + ${long.sum}1`), false), JSON.stringify(end)).toBe(true);
    }
    expect(isTooLong(bytes(`RETURN [⟨'⟩, ${long.sum}1, ⟨'⟩]`), false)).toBe(true);
    for (const operator of ['..', '@@', '×', '÷', '∈', '∌', '⊆']) {
      expect(isTooLong(bytes(`RETURN 1${`${operator}1`.repeat(1e5)}`), false), operator).toBe(true);
    }
  });

  it('is found if its strings and comments only seem to end expressions, in a record user’s text', () => {
    expect(isTooLong(`RETURN /'/; RETURN ${'1 /* , */ + '.repeat(MAX_TERMS)}1`, true)).toBe(true);
    expect(isTooLong(`RETURN 1 / 2; RETURN ${'"," + '.repeat(MAX_TERMS)}1`, true)).toBe(true);
    expect(isTooLong(`INSERT INTO note [${'{ a: -1 + 2, b: "x/y" }, '.repeat(1e5)}]`, true)).toBe(false);
  });

  it('is not confused with long strings, lists or many statements', () => {
    expect(isTooLong(`CREATE note SET text = "${'+ a '.repeat(1e5)}"`, false)).toBe(false);
    expect(isTooLong(`INSERT INTO note [${'{ a: -1 + 2, b: "x" }, '.repeat(1e5)}]`, false)).toBe(false);
    expect(isTooLong('RETURN 1 + 1;'.repeat(1e5), false)).toBe(false);
    expect(isTooLong(`-- ${'+ a '.repeat(1e5)}\nRETURN 1`, false)).toBe(false);
  });
});
