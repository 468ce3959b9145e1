/**
 * Values nested far more deeply than a request may be, which a query can compute. The server must pass them on and
 * survive.
 */
import { expect, it, vi } from 'vitest';
import { startChildServer } from '../testing/child-server.ts';
import { connectRoot, names, root, startTestServer } from '../testing/database.ts';
import { applyFixture, signUpFixture } from '../testing/notes-fixture.ts';
import { RawClient } from '../testing/raw-client.ts';

const DEEP = 'array::fold(array::range(0, 500), [], |$inner| [$inner])';

/** Statements after which `$deep20` is nested 10,000 levels deep. */
const NEST_DEEPER = Array.from(
  { length: 20 },
  (_, index) => `LET $deep${index + 1} = array::fold(array::range(0, 500), $deep${index}, |$inner| [$inner]);`,
).join('');

it('delivers a deep row to every listener without harm to other users', { timeout: 60_000 }, async () => {
  const { child, url, eve } = await startChildServer();
  const admin = await RawClient.connect(url);
  await admin.call('signin', [{ user: root.username, pass: root.password }]);
  await admin.call('use', [names.namespace, names.database]);
  await admin.call('live', ['note']);
  await eve.call('query', [`CREATE note SET owner = $auth.id, deep = ${DEEP} RETURN NONE`]);
  await vi.waitFor(() => expect(admin.answers.filter(({ id }) => id === undefined)).toHaveLength(1), 20_000);
  expect(await admin.call('query', ['RETURN 1'])).toMatchObject({ result: [{ result: 1 }] });
  expect(child.exitCode ?? child.signalCode).toBeNull();
});

it('tracks a live query started next to a deep value: signing out ends it and frees its place', async () => {
  const { url } = await startTestServer({ limits: { liveQueriesPerUser: 1 } });
  const admin = await connectRoot(url);
  await applyFixture(admin);
  const { token } = await signUpFixture(url, 'eve');
  const liveQueries = async () => Object.keys((await admin.query<[{ lives: object }]>('INFO FOR TABLE note'))[0].lives);
  const raw = await RawClient.connect(url);
  for (let round = 0; round < 2; round += 1) {
    await raw.call('authenticate', [token]);
    const { result } = await raw.call('query', [`LIVE SELECT * FROM note; RETURN ${DEEP}`]);
    expect(result).toMatchObject([{ type: 'live', status: 'OK' }, { status: 'OK' }]);
    expect(await liveQueries()).toHaveLength(1);
    await raw.call('invalidate');
    await vi.waitFor(async () => expect(await liveQueries()).toEqual([]), 20_000);
  }
});

it('answers with an error if a value is too deep for JSON', async () => {
  const { url } = await startTestServer();
  const admin = await connectRoot(url);
  await applyFixture(admin);
  const { token } = await signUpFixture(url, 'eve');
  const json = await RawClient.connect(url, 'json');
  const call = (method: string, ...params: unknown[]) => json.send(JSON.stringify({ id: 1, method, params }));
  await call('authenticate', token);
  expect(await call('query', `LET $deep0 = []; ${NEST_DEEPER} RETURN $deep20`)).toMatchObject({
    error: { message: 'The answer is nested too deeply to be written as JSON' },
  });
  expect(await call('query', 'RETURN 1')).toMatchObject({ result: [{ result: 1 }] });
});
