import type { Bindings, Queries } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKeyedQueue } from '../concurrency/keyed-queue.ts';
import { LIMITS } from '../limits.ts';
import { silentLogger } from '../logger.ts';
import { readDatabaseSchema } from '../schema/read-schema.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import type { TestSocket } from '../testing/test-socket.ts';
import type { WireRecordId } from '../wire/value.ts';
import { compileBackends } from './backends.ts';
import { createWriteRate } from './write-rate.ts';
import { createWriter } from './writer.ts';

let test: TestGateway;
let ada: TestSocket;
let ben: TestSocket;
let adaId: WireRecordId;
beforeAll(async () => {
  test = await startTestGateway();
  const [a, b] = [await test.signUp('ada'), await test.signUp('ben')];
  [ada, ben] = [await test.connect(a), await test.connect(b)];
  adaId = a.user;
});
afterAll(() => test.close());

const ref = (table: string, key: unknown) => ({ $r: [table, key] });
const create = (id: object, fields: object) => ({ kind: 'create', id, fields });
const update = (id: object, fields: object) => ({ kind: 'update', id, fields });
const remove = (id: object) => ({ kind: 'delete', id });
const refusal = (code: string) => ({ type: 'refused', error: { code: `SPOOKY_GATEWAY_${code}` } });

async function project(key: string, socket = ada): Promise<object> {
  const id = ref('project', key);
  expect(await socket.write(create(id, { title: key }))).toMatchObject({ type: 'written' });
  return id;
}

describe('a create', () => {
  it('answers with the row as the writer sees it, and the round that shows it', async () => {
    const id = ref('project', 'first');
    expect(await ada.write(create(id, { title: 'x', position: 3 }))).toEqual({
      type: 'written',
      id: expect.any(Number),
      visibleIn: expect.any(Number),
      result: {
        id,
        title: 'x',
        position: 3,
        owner: adaId,
        is_public: false,
        created_at: { $t: expect.any(String) },
      },
    });
  });

  it('is refused if the id is taken, by the writer or another user, and reveals nothing else', async () => {
    const id = await project('taken');
    const [own, other] = [await ada.write(create(id, { title: 'y' })), await ben.write(create(id, { title: 'y' }))];
    expect(own).toMatchObject(refusal('ALREADY_EXISTS'));
    expect(other).toEqual({ ...own, id: expect.any(Number) });
  });

  it('is refused without permission', async () => {
    const answer = await ben.write(create(ref('project', 'foreign'), { title: 'x', owner: adaId }));
    expect(answer).toMatchObject(refusal('REFUSED'));
    expect(await test.owner.query('RETURN record::exists(project:foreign)')).toBe(false);
  });

  it('accepts every valid key of a record id, up to its limit', async () => {
    for (const key of [7, 'a b', { $i: '9007199254740993' }, [1, 'x'], { a: 1 }, "'; DELETE project; --", '⟩`\\']) {
      const id = ref('project', key);
      expect(await ada.write(create(id, { title: 'x' })), JSON.stringify(key)).toMatchObject({ type: 'written' });
    }
    for (const key of [
      1.5,
      null,
      '',
      'x'.repeat(300),
      { $none: 1 },
      true,
      { $f: 'NaN' },
      { $i: '99999999999999999999' },
    ]) {
      const answer = await ada.write(create(ref('project', key), { title: 'x' }));
      expect(answer, JSON.stringify(key)).toMatchObject(refusal('BAD_WRITE'));
    }
  });
});

describe('an update', () => {
  it('sets fields, and removes one with NONE', async () => {
    const id = await project('update');
    expect(await ada.write(update(id, { position: 5 }))).toMatchObject({ result: { position: 5 } });
    const answer = await ada.write(update(id, { position: { $none: 1 }, title: 'z' }));
    expect(answer).toMatchObject({ result: { title: 'z' } });
    expect(answer).not.toHaveProperty('result.position');
  });

  it('is refused with the same message for rows of others and missing rows', async () => {
    const id = await project('mine');
    const answers = [
      await ben.write(update(id, { title: 'stolen' })),
      await ben.write(update(ref('project', 'no-such'), { title: 'stolen' })),
    ];
    expect(answers[0]).toMatchObject(refusal('REFUSED'));
    expect(answers[1]).toEqual({ ...answers[0], id: expect.any(Number) });
    expect(await test.owner.query('SELECT VALUE title FROM ONLY project:mine')).toBe('mine');
  });

  it('keeps the order within one record', async () => {
    const id = await project('order');
    const answers = await Promise.all(Array.from({ length: 30 }, (_, position) => ada.write(update(id, { position }))));
    expect(answers.map((answer) => (answer.type === 'written' ? answer.result : answer))).toMatchObject(
      Array.from({ length: 30 }, (_, position) => ({ position })),
    );
    expect(await test.owner.query('SELECT VALUE position FROM ONLY project:order')).toBe(29);
  });
});

describe("a user's write to a record", () => {
  it('keeps its order when the client continues on its next socket', async () => {
    const schema = await readDatabaseSchema(test.owner);
    const sent: unknown[] = [];
    const answer = Promise.withResolvers<void>();
    // An engine session that answers the first write when the test allows it.
    const engine: Queries = {
      queryAll: () => Promise.reject(new Error('A write is one query.')),
      async query<Result>(_: string, bindings?: Bindings): Promise<Result> {
        sent.push(Object(bindings).f0);
        if (sent.length === 1) await answer.promise;
        return {} as Result;
      },
    };
    const queue = createKeyedQueue();
    const user = new RecordId('person', 'ada');
    const rate = createWriteRate(LIMITS.writes, () => 0);
    const backends = compileBackends([]);
    const logger = silentLogger;
    const socket = () =>
      createWriter({ schema: () => schema, backends, user, engine, queue, rate, requestRate: rate, logger });
    const [first, second] = [socket(), socket()];
    const id = ref('project', 'sockets');
    const writes = [
      first(update(id, { position: 1 }), 'a'),
      second(update(id, { position: 1 }), 'a'),
      second(update(id, { position: 2 }), 'b'),
    ];
    await second(update(ref('project', 'another'), { position: 9 }), 'c');
    expect(sent).toEqual([1, 9]);
    answer.resolve();
    await Promise.all(writes);
    expect(sent).toEqual([1, 9, 1, 2]);
  });
});

describe('a write to a row that is nested too deeply to be sent', () => {
  it('is answered as made, without the row, and so is its repeat', async () => {
    const id = ref('task', 'deep');
    await ada.write(create(id, { title: 'x', project: await project('of-deep') }));
    // Only a service can write such a value.
    let extra: unknown = 'deep';
    for (let level = 0; level < 40; level += 1) extra = [extra];
    await test.owner.query('UPDATE task:deep SET extra = $extra RETURN NONE', { extra });
    for (const key of ['first', 'first', 'second']) {
      const write = update(id, { position: key === 'first' ? 1 : 2 });
      expect(await ada.write(write, key)).toMatchObject({ type: 'written', result: null });
    }
    expect(await test.owner.query('SELECT VALUE position FROM ONLY task:deep')).toBe(2);
    expect(test.log.filter((line) => line.includes('a write was made, but its row cannot be sent'))).toHaveLength(3);
  });
});

describe('a delete', () => {
  it('removes the row once', async () => {
    const id = await project('gone');
    expect(await ben.write(remove(id))).toMatchObject(refusal('REFUSED'));
    expect(await ada.write(remove(id))).toMatchObject({ type: 'written', result: null });
    expect(await ada.write(remove(id))).toMatchObject(refusal('REFUSED'));
  });
});

describe('a name in a write', () => {
  it("is refused with the same message if its table is closed, the engine's, or unknown", async () => {
    const tables = [
      'credential',
      'riddle',
      'spooky_session',
      'nothing',
      'constructor',
      '__proto__',
      'project`; DELETE project',
    ];
    const answers = await Promise.all(tables.map((table) => ada.write(create(ref(table, 'x'), {}))));
    for (const answer of answers) expect(answer).toEqual({ ...answers[0], id: expect.any(Number) });
    expect(answers[0]).toMatchObject(refusal('BAD_WRITE'));
  });

  it('must be a field of the schema', async () => {
    const id = await project('fields');
    for (const name of ['nothing', 'id', 'constructor', '__proto__', 'title = 1, owner', 'extra.x', '']) {
      const fields = JSON.parse(`{${JSON.stringify(name)}: 1}`);
      expect(await ada.write(update(id, fields)), name).toMatchObject(refusal('BAD_WRITE'));
      expect(await ada.write(create(ref('project', 'bad'), fields)), name).toMatchObject(refusal('BAD_WRITE'));
    }
  });
});

describe('a write that the database refuses', () => {
  it("is answered with the name of the field, without the schema's text or other rows", async () => {
    const id = ref('project', 'long');
    const long = await ada.write(create(id, { title: 'x'.repeat(300) }));
    const wrong = await ada.write(create(id, { title: 5 }));
    const readonly = await ada.write(update(await project('readonly'), { owner: ref('person', 'other') }));
    for (const answer of [long, wrong, readonly]) {
      expect(answer).toMatchObject(refusal('DATABASE'));
      expect(JSON.stringify(answer)).not.toMatch(/string::len|xxx|person:|`/);
    }
    expect(JSON.stringify(long)).toContain('title');
  });
});

describe('a run', () => {
  const run = (id: object, parts: object = {}) => ({
    kind: 'run',
    backend: 'worker',
    path: '/print',
    id,
    payload: { id: 'x' },
    ...parts,
  });

  it('inserts a job of the user', async () => {
    const id = ref('work', 'job');
    const about = await project('about');
    const options = { assignedTo: about, maxRetries: 5, retryStrategy: 'exponential', timeoutMs: 2_500 };
    expect(await ada.write(run(id, { options }))).toMatchObject({ type: 'written', result: { id, status: 'pending' } });
    const row = await test.owner.query('SELECT * FROM ONLY work:job');
    expect(row).toMatchObject({ path: '/print', payload: { id: 'x' }, max_retries: 5, retry_strategy: 'exponential' });
    expect(row).toMatchObject({ assigned_to: new RecordId('project', 'about') });
    expect(String((row as { timeout: unknown }).timeout)).toBe('2s500ms');
  });

  it("makes a delayed job due after its delay, by the database's clock", async () => {
    // No clock that is years away from the database's comes this close.
    const isDelayedBy = async (delay: string, key: string) => {
      const text = `SELECT VALUE run_at > created_at + ${delay} - 1m AND run_at < created_at + ${delay} + 1m FROM work:${key}`;
      return await test.owner.query(text);
    };
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-01-01T00:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const delayed = run(ref('work', 'delayed'), { options: { delayMs: 86_400_000 } });
    expect(await ada.write(delayed)).toMatchObject({ type: 'written' });
    expect(await isDelayedBy('1d', 'delayed')).toEqual([true]);
    const options = { delayMs: 31_536_000_000, uniqueKey: 'delayed' };
    expect(await ada.write(run(ref('work', 'keyed'), { options }))).toMatchObject({ type: 'written' });
    expect(await isDelayedBy('365d', 'keyed')).toEqual([true]);
    const again = { delayMs: 0, uniqueKey: 'delayed' };
    expect(await ada.write(run(ref('work', 'other'), { options: again }))).toMatchObject({
      result: { id: ref('work', 'keyed') },
    });
  });

  it('is refused for a record of someone else', async () => {
    const about = await project('not-bens');
    expect(await ben.write(run(ref('work', 'b'), { options: { assignedTo: about } }))).toMatchObject(
      refusal('REFUSED'),
    );
  });

  it('returns the open job that has the same unique key', async () => {
    const keyed = (key: string) => run(ref('work', key), { options: { uniqueKey: 'once' } });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => ada.write(keyed(`once-${index}`))));
    const ids = new Set(answers.map((answer) => JSON.stringify(answer.type === 'written' && answer.result)));
    expect([...answers.map(({ type }) => type)]).toEqual(Array.from({ length: 8 }, () => 'written'));
    expect(ids.size).toBe(1);
    expect(await test.owner.query('SELECT VALUE id FROM work WHERE unique_key = "once"')).toHaveLength(1);
    await test.owner.query("UPDATE work SET active_key = NONE, status = 'success' WHERE unique_key = 'once'");
    const next = await ada.write(keyed('once-later'));
    expect(next).toMatchObject({ type: 'written', result: { id: ref('work', 'once-later') } });
    const others = await ben.write(run(ref('work', 'of-ben'), { options: { uniqueKey: 'once' } }));
    expect(others).toMatchObject({ result: { id: ref('work', 'of-ben') } });
  });

  it.each([
    ['status', 'success'],
    ['run_at', { $t: '2030-01-01T00:00:00Z' }],
    ['active_key', 'of another'],
    ['created_by', { $none: 1 }],
    ['created_at', { $t: '2020-01-01T00:00:00Z' }],
  ])('cannot set the %s of a job, and neither can a create', async (field, value) => {
    const id = ref('work', 'forged');
    const answer = await ada.write(create(id, { path: '/print', payload: { id: 'x' }, [field]: value }));
    expect(answer).toMatchObject(refusal('BAD_WRITE'));
    expect(JSON.stringify(answer)).toContain(`clients may not set \\"${field}\\" of a job, only assigned_to, path`);
    expect(await test.owner.query('RETURN record::exists(work:forged)')).toBe(false);
  });

  it.each([
    ['a list', ['a']],
    ['a list with a time', [{ $t: '2020-01-01T00:00:00.123456789Z' }]],
    ['an object', { a: 1 }],
    ['an object with a time', { at: { $t: '2020-01-01T00:00:00Z' } }],
  ])('refuses an id that is %s, as does a create', async (_, key) => {
    const id = ref('work', key);
    const job = { path: '/print', payload: { id: 'x' } };
    for (const write of [run(id), create(id, job)]) {
      const answer = await ada.write(write);
      expect(answer).toMatchObject(refusal('BAD_WRITE'));
      expect(JSON.stringify(answer)).toContain('the key of a job is a text, an integer or a uuid');
    }
  });

  it.each([
    ['a text', 'key'],
    ['an integer', 7],
    ['a large integer', { $i: '9223372036854775807' }],
    ['a uuid', { $uuid: '01a22059-6882-7b62-95a9-1494e84dd325' }],
  ])('accepts an id that is %s, as does a create', async (_, key) => {
    const id = ref('work', key);
    for (const write of [run(id), create(id, { path: '/print', payload: { id: 'x' }, max_retries: 5 })]) {
      expect(await ada.write(write)).toMatchObject({ type: 'written', result: { id } });
      await test.owner.query('DELETE work');
    }
  });

  it('accepts only known routes and matching payloads', async () => {
    const id = ref('work', 'bad');
    const answers = [
      [run(id, { backend: 'constructor' }), 'UNKNOWN_ROUTE'],
      [run(id, { path: '/nothing' }), 'UNKNOWN_ROUTE'],
      [run(id, { path: '__proto__' }), 'UNKNOWN_ROUTE'],
      [run(id, { payload: { id: 5 } }), 'BAD_PAYLOAD'],
      [run(id, { payload: { id: 'x', more: 1 } }), 'BAD_PAYLOAD'],
      [run(id, { payload: { id: { $t: '2026-01-01T00:00:00Z' } } }), 'BAD_PAYLOAD'],
      [run(id, { payload: { id: 'x'.repeat(70_000) } }), 'LIMIT'],
      [run(id, { options: { maxRetries: 26 } }), 'BAD_WRITE'],
      [run(id, { options: { timeoutMs: 99 } }), 'BAD_WRITE'],
      [run(id, { options: { delayMs: -1 } }), 'BAD_WRITE'],
      [run(id, { options: { delayMs: 31_536_000_001 } }), 'BAD_WRITE'],
      [run(id, { options: { delayMs: '1h' } }), 'BAD_WRITE'],
      [run(id, { options: { uniqueKey: '' } }), 'BAD_WRITE'],
      [run(id, { options: { uniqueKey: 'x'.repeat(256) } }), 'BAD_WRITE'],
      [run(id, { options: { retryStrategy: 'fast' } }), 'BAD_WRITE'],
      [run(id, { options: { status: 'success' } }), 'BAD_WRITE'],
      [run(ref('project', 'x')), 'BAD_WRITE'],
      [create(id, { path: '/nothing' }), 'UNKNOWN_ROUTE'],
      [create(id, { path: '/print', payload: { id: 5 } }), 'BAD_PAYLOAD'],
    ] as const;
    for (const [write, code] of answers)
      expect(await ada.write(write), JSON.stringify(write).slice(0, 99)).toMatchObject(refusal(code));
    expect(await test.owner.query('RETURN record::exists(work:bad)')).toBe(false);
  });
});
