import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestDatabase } from '../../testing/database.ts';
import { TEST_SCHEMA } from '../../testing/schema.ts';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { WirePlan } from '../../wire/plan.ts';

/** So slow that no allowance returns during a test. */
const RATE = { perSecond: 0.01, burst: 40, retryMs: 250 };

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway({ limits: { writes: RATE } });
});
afterAll(() => test.close());

const create = (key: string) => ({ kind: 'create', id: { $r: ['project', key] }, fields: { title: 'x' } });
const many = (socket: TestSocket, name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => socket.write(create(`${name}-${index}`))));

describe('an account that asks to cancel jobs without a pause', () => {
  it('is refused sooner than one that writes, and may still write', async () => {
    const database = await startTestDatabase(`${TEST_SCHEMA}
      DEFINE FIELD request ON work TYPE option<'cancel' | 'retry'>;
      DEFINE TABLE OVERWRITE work TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select, create, update WHERE created_by = $auth.id;`);
    onTestFinished(() => database.close());
    const requests = { perSecond: 0.01, burst: 2, retryMs: 250 };
    const gateway = await startTestGateway({ database, limits: { requests, writes: { ...RATE, burst: 100 } } });
    onTestFinished(() => gateway.close());
    const [visitor, other] = [await gateway.signUp('ada'), await gateway.signUp('ben')];
    const [first, second] = [await gateway.connect(visitor), await gateway.connect(visitor)];
    const id = { $r: ['work', 'one'] };
    const job = { kind: 'run', id, backend: 'worker', path: '/print', payload: { id: 'x' } };
    expect(await first.write(job)).toMatchObject({ type: 'written' });

    const cancel = { kind: 'update', id, fields: { request: 'cancel' } };
    expect(await first.write(cancel)).toMatchObject({ type: 'written' });
    expect(await second.write(cancel)).toMatchObject({ type: 'written' });
    expect(await first.write(cancel)).toMatchObject({
      type: 'refused',
      error: {
        ...{ code: 'SPOOKY_GATEWAY_BUSY', retryInMs: requests.retryMs },
        message: expect.stringContaining('ask for jobs to be cancelled or retried'),
      },
    });
    expect(await first.write(create('after'))).toMatchObject({ type: 'written' });
    const bystander = await gateway.connect(other);
    expect(await bystander.write(cancel)).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_REFUSED' } });
  });
});

describe('an account that writes without a pause', () => {
  it('is refused with a time to wait, on every socket, while others write and see as before', async () => {
    const [visitor, other] = [await test.signUp('ada'), await test.signUp('ben')];
    const [first, second] = [await test.connect(visitor), await test.connect(visitor)];
    const bystander = await test.connect(other);
    const plan: WirePlan = { table: 'project' };
    bystander.send({ type: 'subscribe', id: 1, plan });
    await bystander.frame('snapshot');

    const answers = (await Promise.all([many(first, 'a', 30), many(second, 'b', 30)])).flat();
    const refused = answers.filter(({ type }) => type === 'refused');
    expect(answers.length - refused.length).toBe(RATE.burst);
    for (const answer of refused) {
      expect(answer).toMatchObject({
        error: { code: 'SPOOKY_GATEWAY_BUSY', retryInMs: RATE.retryMs, message: expect.stringContaining('per second') },
      });
    }
    expect(await test.owner.query('SELECT VALUE id FROM project')).toHaveLength(RATE.burst);

    // Neither another socket nor a new session gives a new allowance.
    first.close();
    const next = await test.connect(visitor);
    expect(await next.write(create('next'))).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BUSY' } });

    expect(await bystander.write(create('of-ben'))).toMatchObject({ type: 'written' });
    const delta = await bystander.frame('delta');
    expect(delta.rows).toMatchObject([[0, 'project:⟨of-ben⟩', expect.any(String), { title: 'x' }]]);
  });
});
