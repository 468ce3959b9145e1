import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import type { TestSocket } from '../testing/test-socket.ts';
import { sweepReceipts } from './receipt-sweep.ts';

let database: TestDatabase;
let gateways: readonly [TestGateway, TestGateway];
let ada: TestSocket;
/** The same user on another gateway. */
let elsewhere: TestSocket;
let ben: TestSocket;
beforeAll(async () => {
  database = await startTestDatabase();
  gateways = [await startTestGateway({ database }), await startTestGateway({ database })];
  const [a, b] = [await gateways[0].signUp('ada'), await gateways[0].signUp('ben')];
  [ada, elsewhere, ben] = [await gateways[0].connect(a), await gateways[1].connect(a), await gateways[0].connect(b)];
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  await database.close();
});
beforeEach(() => database.owner.queryAll('DELETE project, work, note, spooky_receipt'));

const ref = (table: string, key: string) => ({ $r: [table, key] });
const id = ref('project', 'p');
const create = { kind: 'create', id, fields: { title: 'first' } };
const update = (fields: object) => ({ kind: 'update', id, fields });
const remove = { kind: 'delete', id };
const run = (key: string, options?: object) => ({
  kind: 'run',
  backend: 'worker',
  path: '/print',
  id: ref('work', key),
  payload: { id: 'x' },
  ...(options && { options }),
});
const refusal = (code: string) => ({ type: 'refused', error: { code: `SPOOKY_GATEWAY_${code}` } });
/** The gateway reads a changed schema after a moment. */
const eventually = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 20_000 });
const count = (table: string) => database.owner.query(`RETURN count(SELECT id FROM ${table})`);

describe('a repeat', () => {
  it('of a create returns the row as it is now, also on another gateway', async () => {
    expect(await ada.write(create, 'key')).not.toHaveProperty('repeat');
    await database.owner.query("UPDATE project:p SET title = 'changed'");
    for (const socket of [ada, elsewhere]) {
      const answer = { type: 'written', result: { id, title: 'changed' }, repeat: true };
      expect(await socket.write(create, 'key')).toMatchObject(answer);
    }
  });

  it('of a create does not create the row again after it was deleted', async () => {
    await ada.write(create, 'key');
    await ada.write(remove, 'other');
    expect(await elsewhere.write(create, 'key')).toMatchObject({ type: 'written', result: null });
    expect(await count('project')).toBe(0);
  });

  it('of an update does not overwrite a later value', async () => {
    await ada.write(create);
    expect(await ada.write(update({ title: 'mine' }), 'key')).toMatchObject({ result: { title: 'mine' } });
    await database.owner.query("UPDATE project:p SET title = 'later'");
    expect(await elsewhere.write(update({ title: 'mine' }), 'key')).toMatchObject({ result: { title: 'later' } });
    expect(await database.owner.query('SELECT VALUE title FROM ONLY project:p')).toBe('later');
  });

  it('of an update or a delete does not change a new record with the same id', async () => {
    await ada.write(create);
    await ada.write(update({ position: 1 }), 'update');
    expect(await ada.write(remove, 'delete')).toMatchObject({ type: 'written', result: null });
    await ada.write(create);
    expect(await ada.write(remove, 'delete')).toMatchObject({ type: 'written', result: { title: 'first' } });
    expect(await ada.write(update({ position: 1 }), 'update')).not.toHaveProperty('result.position');
  });

  it('of a delete is answered with null', async () => {
    await ada.write(create);
    await ada.write(remove, 'key');
    expect(await elsewhere.write(remove, 'key')).toMatchObject({ type: 'written', result: null });
    expect(await elsewhere.write(remove, 'another')).toMatchObject(refusal('REFUSED'));
  });

  it('of a run makes no other job', async () => {
    expect(await ada.write(run('job'), 'key')).toMatchObject({ type: 'written' });
    expect(await elsewhere.write(run('job'), 'key')).toMatchObject({ result: { id: ref('work', 'job') } });
    await database.owner.query('DELETE work');
    expect(await elsewhere.write(run('job'), 'key')).toMatchObject({ type: 'written', result: null });
    expect(await count('work')).toBe(0);
  });

  it('of a run with a unique key returns the job that it found, also after the job has ended', async () => {
    const options = { uniqueKey: 'once' };
    await ada.write(run('first', options), 'first');
    const found = { type: 'written', result: { id: ref('work', 'first') } };
    expect(await ada.write(run('second', options), 'second')).toMatchObject(found);
    await database.owner.query("UPDATE work SET active_key = NONE, status = 'success'");
    expect(await elsewhere.write(run('second', options), 'second')).toMatchObject(found);
    expect(await elsewhere.write(run('first', options), 'first')).toMatchObject(found);
    expect(await count('work')).toBe(1);
  });

  it('is answered with what the writer may see now', async () => {
    const shared = { kind: 'create', id: ref('project', 'shared'), fields: { title: 'x' } };
    await ada.write(shared, 'key');
    await database.owner.query('UPDATE project:shared SET owner = NONE RETURN NONE').catch(() => undefined);
    await database.owner.queryAll('DELETE project:shared; CREATE project:shared SET title = "y", owner = person:else');
    expect(await ada.write(shared, 'key')).toMatchObject({ type: 'written', result: null });
  });

  it('of a write that was refused is tried again', async () => {
    expect(await ada.write(update({ title: 'x' }), 'key')).toMatchObject(refusal('REFUSED'));
    expect(await ada.write({ ...create, fields: { title: 5 } }, 'other')).toMatchObject(refusal('DATABASE'));
    expect(await count('spooky_receipt')).toBe(0);
    await ada.write(create);
    expect(await ada.write(update({ title: 'x' }), 'key')).toMatchObject({ type: 'written' });
  });

  it('is recognised after the schema has changed', async () => {
    const labelled = { kind: 'create', id: ref('label', 'l'), fields: { text: 'x' } };
    await database.owner.queryAll(
      'DEFINE TABLE label SCHEMAFULL PERMISSIONS FULL; DEFINE FIELD text ON label TYPE string',
    );
    await eventually(() => ada.write(labelled, 'key')).toMatchObject({ type: 'written' });
    await database.owner.queryAll('REMOVE FIELD text ON label');
    await eventually(() => ada.write(labelled)).toMatchObject(refusal('BAD_WRITE'));
    expect(await ada.write(labelled, 'key')).toMatchObject({ type: 'written', result: { id: ref('label', 'l') } });
    await database.owner.queryAll('REMOVE TABLE label');
    await eventually(() => ada.write(labelled, 'key')).toMatchObject({ type: 'written', result: null });
  });

  it('may have its members in another order', async () => {
    await ada.write({ kind: 'create', id, fields: { title: 'x', position: 1 } }, 'key');
    const repeat = { fields: { position: 1, title: 'x' }, id, kind: 'create' };
    expect(await ada.write(repeat, 'key')).toMatchObject({ type: 'written' });
  });
});

describe('a key', () => {
  it('belongs to one write', async () => {
    await ada.write(create, 'key');
    const others = [
      { ...create, fields: { title: 'second' } },
      { ...create, id: ref('project', 'q') },
      update({ title: 'x' }),
      { ...update({ title: 'x' }), base: { title: 'first' } },
      remove,
      run('job'),
    ];
    for (const other of others) {
      const answer = await ada.write(other, 'key');
      expect(answer, JSON.stringify(other)).toMatchObject(refusal('BAD_WRITE'));
      expect(answer).toHaveProperty('error.message', expect.stringMatching(/^key: another write/));
    }
    expect(await database.owner.query('SELECT VALUE title FROM project')).toEqual(['first']);
    expect(await count('work')).toBe(0);
  });

  it('has a meaning only for its user', async () => {
    await ada.write(create, 'key');
    const own = { kind: 'create', id: ref('project', 'of-ben'), fields: { title: 'x' } };
    expect(await ben.write(own, 'key')).toMatchObject({ type: 'written', result: { id: own.id } });
    expect(await ben.write(create, 'key-of-ben')).toMatchObject(refusal('ALREADY_EXISTS'));
    expect(await ben.write(create, 'key')).toMatchObject(refusal('BAD_WRITE'));
  });

  it('has one effect if it is sent at the same moment to two gateways', async () => {
    for (let round = 0; round < 20; round += 1) {
      const key = `at-once-${round}`;
      const write = run(key);
      const answers = await Promise.all([ada, elsewhere, ada, elsewhere].map((socket) => socket.write(write, key)));
      expect(answers.map(({ type }) => type)).toEqual(['written', 'written', 'written', 'written']);
      expect(await count('spooky_receipt')).toBe(round + 1);
      expect(await count('work')).toBe(round + 1);
    }
  });

  it('costs no entry in the inbox', async () => {
    await ada.write(create, 'key');
    const entries = await database.owner.query<{ r: RecordId[] }[]>('SELECT r FROM spooky_change, spooky_change_batch');
    expect(entries.flatMap(({ r }) => r).filter((row) => row?.table.name === 'spooky_receipt')).toEqual([]);
  });
});

describe('old receipts', () => {
  const limits = { ...LIMITS.receipts, sweepPortion: 3, sweepPortions: 4 };
  const receipts = async (total: number) => {
    for (let index = 0; index < total; index += 1) {
      const receipt = new RecordId('spooky_receipt', [new RecordId('person', 'x'), `${index}`]);
      await database.owner.query("CREATE $receipt SET write = 'x', row = project:p", { receipt });
    }
  };

  it('are deleted in portions, and new ones are kept', async () => {
    const deleted: number[] = [];
    const sweep = (changed: object) =>
      sweepReceipts(database.owner, { ...limits, ...changed }, (portion) => deleted.push(portion));
    await receipts(10);
    await sweep({});
    expect(await count('spooky_receipt')).toBe(10);
    // The engine's clock cannot be moved, so the receipts are kept for no time.
    await sweep({ keepMs: 0, sweepPortions: 2 });
    expect(await count('spooky_receipt')).toBe(4);
    await sweep({ keepMs: 0 });
    expect(await count('spooky_receipt')).toBe(0);
    expect(deleted).toEqual([0, 3, 3, 3, 1]);
  });
});
