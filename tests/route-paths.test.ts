/** The path of a route is one for the spec, the runner and the API: a real runner calls the real routes over HTTP. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadRoutes, Secret } from '@spookify/config';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TOKEN } from '../packages/runner/src/testing/backend.ts';
import { createFixture, type Fixture } from '../packages/runner/src/testing/fixture.ts';
import { apiOf } from './api-of-spec.ts';

const PATHS = [
  '/café',
  '/with space',
  '/an%20encoded%20one/é',
  '/日本語/👻',
  '/messages:send',
  '/a;b=1,2/@me/$x!(y)+~_',
  '/[a]|"b"<c>^`',
  '/ends/',
];

let folder: string;
let fixture: Fixture;
let app: Awaited<ReturnType<typeof apiOf>>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-route-paths-'));
  const specFile = path.join(folder, 'openapi.json');
  const schema = { type: 'object', properties: { price: { type: 'number', multipleOf: 0.01 } } };
  const operation = { post: { requestBody: { content: { 'application/json': { schema } } } } };
  const paths = Object.fromEntries(PATHS.map((one) => [one, operation]));
  await writeFile(specFile, JSON.stringify({ openapi: '3.1.0', paths }));

  app = await apiOf(specFile, PATHS, new Secret(TOKEN));
  const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  fixture = await createFixture();
  await fixture.run({ backends: [{ ...fixture.backend.options, baseUrl, routes: await loadRoutes(specFile) }] });
});
afterAll(async () => {
  await fixture.close();
  await app.close();
  await rm(folder, { recursive: true });
});

it.each(PATHS)('calls %s, with a price in cents', async (one) => {
  const payload = { price: 19.99 };
  const id = await fixture.database.insert({ path: one, payload });
  const row = await fixture.becomes(id, { status: 'success' });
  expect(row).toMatchObject({ result: { path: one, body: payload } });
});

it.each(['/cafe\u0301', '/caf%C3%A9', '/an encoded one/é', '/ends', '/messages/send', '/messagesXsend'])(
  'does not call %s, which is written differently',
  async (one) => {
    const id = await fixture.database.insert({ path: one, payload: {} });
    const row = await fixture.becomes(id, { status: 'failed' });
    expect(row).toMatchObject({ errors: [{ code: 'path_refused' }] });
  },
);
