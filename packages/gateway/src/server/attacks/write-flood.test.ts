import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.ts';
import type { TestSocket } from '../../testing/test-socket.ts';
import type { WirePlan } from '../../wire/plan.ts';

/** So slow that nothing comes back during a test. */
const RATE = { perSecond: 0.01, burst: 40, retryMs: 250 };

let test: TestGateway;
beforeAll(async () => {
  test = await startTestGateway({ limits: { writes: RATE } });
});
afterAll(() => test.close());

const create = (key: string) => ({ kind: 'create', id: { $r: ['project', key] }, fields: { title: 'x' } });
const many = (socket: TestSocket, name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => socket.write(create(`${name}-${index}`))));

describe('an account that writes without a pause', () => {
  it('is refused with a time to wait, on every socket, and others write and see as before', async () => {
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

    // Neither another socket nor a new session has more.
    first.close();
    const next = await test.connect(visitor);
    expect(await next.write(create('next'))).toMatchObject({ error: { code: 'SPOOKY_GATEWAY_BUSY' } });

    expect(await bystander.write(create('of-ben'))).toMatchObject({ type: 'written' });
    const delta = await bystander.frame('delta');
    expect(delta.rows).toMatchObject([[0, 'project:⟨of-ben⟩', expect.any(String), { title: 'x' }]]);
  });
});
