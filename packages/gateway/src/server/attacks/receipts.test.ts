/** Browsers cannot reach the table of receipts. A user who reached the database anyway could not use it against others. */
import { createSessionPool, type Queries, type SessionPool } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintEngineToken } from '../../session/tokens.ts';
import { TOKEN_KEY } from '../../testing/database.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import { decodeValue, type WireRecordId } from '../../wire/value.ts';

let test: TestGateway;
let ada: TestSocket;
let ben: TestSocket;
let adaId: WireRecordId;
let pool: SessionPool;
/** What ben can do with the database itself. */
let direct: Queries;
beforeAll(async () => {
  test = await startTestGateway();
  const [a, b] = [await test.signUp('ada'), await test.signUp('ben')];
  [ada, ben] = [await test.connect(a), await test.connect(b)];
  adaId = a.user;
  pool = createSessionPool({ ...test.database.options, connections: 1 });
  await pool.open();
  const user = decodeValue(b.user) as RecordId;
  const { namespace, database } = test.database.options;
  direct = pool.session(() => ({
    token: mintEngineToken({ namespace, database, tokenKey: TOKEN_KEY, user, now: Date.now() }),
  }));
  await ada.write({ kind: 'create', id: { $r: ['project', 'of-ada'] }, fields: { title: 'x' } }, 'key');
});
afterAll(async () => {
  await pool.close();
  await test.close();
});

const receipt = (key: string) => new RecordId('spooky_receipt', [decodeValue(adaId) as RecordId, key]);
const receipts = () => test.owner.query<unknown[]>('SELECT * FROM spooky_receipt');

describe('receipts', () => {
  it.each([
    'SELECT * FROM spooky_receipt',
    'SELECT * FROM $receipt',
    'SELECT row, write FROM spooky_receipt WHERE made_at > d"2020-01-01T00:00:00Z"',
    'UPDATE spooky_receipt SET write = "x"',
    'UPDATE $receipt SET write = "x"',
    'UPSERT $receipt SET write = "x", row = project:x',
    'DELETE spooky_receipt',
    'DELETE $receipt',
    'INSERT IGNORE INTO spooky_receipt { id: $receipt, write: "x", row: project:x }',
    'INSERT INTO spooky_receipt { id: $receipt, write: "x", row: project:x } ON DUPLICATE KEY UPDATE write = "x"',
    'CREATE $forged SET write = "x", row = project:x',
    'UPSERT $forged SET write = "x", row = project:x',
    'INSERT INTO spooky_receipt { id: $forged, write: "x", row: project:x }',
    'CREATE spooky_receipt SET write = "x", row = project:x',
  ])('of others cannot be read, changed or forged: %s', async (text) => {
    const before = await receipts();
    expect(before).toHaveLength(1);
    expect(await direct.query(text, { receipt: receipt('key'), forged: receipt('forged') })).toEqual([]);
    expect(await receipts()).toEqual(before);
  });

  it("cannot be kept for ever, and a user's own cannot be changed", async () => {
    const user = await direct.query<RecordId>('RETURN $auth.id');
    const own = new RecordId('spooky_receipt', [user, 'own']);
    const text = "CREATE $own SET write = 'x', row = project:x, made_at = d'2999-01-01T00:00:00Z'";
    expect(await direct.query(text, { own })).toHaveLength(1);
    expect(await direct.query("UPDATE $own SET write = 'y'", { own })).toEqual([]);
    expect(await direct.query('DELETE $own', { own })).toEqual([]);
    expect(await test.owner.query('SELECT VALUE made_at < time::now() FROM $own', { own })).toEqual([true]);
    await test.owner.query('DELETE $own', { own });
  });

  it('cannot be written or watched by a browser', async () => {
    const id = { $r: ['spooky_receipt', [adaId, 'other']] };
    for (const write of [
      { kind: 'create', id, fields: { write: 'x', row: id } },
      { kind: 'update', id: { $r: ['spooky_receipt', [adaId, 'key']] }, fields: { write: 'x' } },
      { kind: 'update', id, fields: { write: 'x' }, base: { write: 'y' } },
      { kind: 'delete', id: { $r: ['spooky_receipt', [adaId, 'key']] } },
    ]) {
      expect(await ada.write(write)).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BAD_WRITE' } });
    }
    ada.send({ type: 'subscribe', id: 1, plan: { table: 'spooky_receipt' } });
    expect(await ada.frame('rejected')).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BAD_PLAN' } });
  });
});

describe("another user's key", () => {
  it('reveals nothing: neither that it was used, nor the row', async () => {
    const write = { kind: 'update', id: { $r: ['project', 'of-ada'] }, fields: { title: 'x' } };
    const [used, unused] = [await ben.write(write, 'key'), await ben.write(write, 'unused')];
    expect(used).toMatchObject({ type: 'refused', error: { code: 'SPOOKY_GATEWAY_REFUSED' } });
    expect(unused).toEqual({ ...used, id: expect.any(Number) });
  });
});
