/**
 * Kills a gateway with SIGKILL while writes are under way. Their writers repeat them with their keys on the next
 * gateway, until each is answered. Each has one effect.
 */
import { createHash, randomBytes } from 'node:crypto';
import { RecordId } from 'surrealdb';
import { expect, it, onTestFinished } from 'vitest';
import { reusablePort } from '../../surreal-link/src/testing/killable-server.ts';
import { startTestDatabase, TOKEN_KEY } from './testing/database.ts';
import { EFFECT_SCHEMA, effectFaults, randomWrites } from './testing/effects.ts';
import { createKillableProcess } from './testing/kills/killable-process.ts';
import { fuzzSettings, seededRandom } from './testing/random.ts';
import { ROUTES } from './testing/test-gateway.ts';
import { connectSocket } from './testing/test-socket.ts';

const WRITES = 30;
const KILLS = 4;

const { seed } = fuzzSettings(1);
it(`a write has one effect when its gateway is killed and it is repeated (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const random = seededRandom(seed);
  const database = await startTestDatabase(EFFECT_SCHEMA);
  onTestFinished(() => database.close());
  const port = await reusablePort();
  const gateway = createKillableProcess('the gateway', './gateway-entry.ts', {
    database: database.options,
    tokenKey: TOKEN_KEY,
    http: { host: '127.0.0.1', port },
    origins: [],
    backends: [{ name: 'worker', table: 'work', routes: ROUTES }],
    project: 'kills',
  });
  onTestFinished(() => gateway.kill());
  const token = randomBytes(32).toString('base64url');
  await database.owner.queryAll(
    `CREATE person:ada SET name = 'ada';
     CREATE $row SET user = person:ada, access = 'account', expires_at = time::now() + 1d`,
    { row: new RecordId('spooky_session', createHash('sha256').update(token).digest('hex')) },
  );
  const connect = () =>
    connectSocket(`ws://127.0.0.1:${port}/spooky/socket?protocol=2`, { authorization: `Bearer ${token}` });

  let left = await randomWrites(database.owner, random, WRITES, 'w');
  const answered: { name: string; type: string; result?: unknown }[] = [];
  let cut = 0;
  for (let kill = 0; left.length > 0; kill += 1) {
    await gateway.start();
    const socket = await connect();
    const isLast = kill === KILLS;
    /** It is killed when it has answered this many. */
    const most = isLast ? left.length : random.below(Math.ceil(left.length / 3)) + 1;
    const enough = Promise.withResolvers<void>();
    let count = 0;
    const answers = left.map(async ({ name, write }) => {
      const answer = await socket.write(write, name).catch(() => undefined);
      if (answer === undefined) return;
      answered.push({ ...answer, name });
      count += 1;
      if (count >= most) enough.resolve();
    });
    await enough.promise;
    await gateway.kill();
    await Promise.all(answers);
    const known = new Set(answered.map(({ name }) => name));
    left = left.filter(({ name }) => !known.has(name));
    cut += left.length;
  }
  expect(cut).toBeGreaterThan(0);
  expect(answered).toHaveLength(WRITES);
  expect(await effectFaults(database.owner, answered)).toEqual([]);
});
