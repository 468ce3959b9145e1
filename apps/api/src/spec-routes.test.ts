import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSpecRoutes } from './spec-routes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spooky-api-spec-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function specWith(...paths: string[]): Promise<string> {
  const file = path.join(folder, `${encodeURIComponent(paths.join('-'))}.json`);
  const body = {
    content: {
      'application/json': { schema: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } } },
    },
  };
  const entries = paths.map((one) => [
    one,
    { post: { requestBody: body, responses: { 200: { description: 'done' } } } },
  ]);
  const spec = { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: Object.fromEntries(entries) };
  await writeFile(file, JSON.stringify(spec));
  return file;
}

describe('routes and spec', () => {
  it('match: a payload is checked against the spec and reaches the handler unchanged', async () => {
    const app = Fastify();
    await addSpecRoutes(app, await specWith('/one'), { '/one': async (request) => request.body });
    const good = await app.inject({ method: 'POST', url: '/one', payload: { id: 'a', more: '1' } });
    expect([good.statusCode, good.json()]).toEqual([200, { id: 'a', more: '1' }]);
    // Nothing is coerced, filled in or removed, because the runner checks the same payload in the same way.
    const bad = await app.inject({ method: 'POST', url: '/one', payload: { id: 1 } });
    expect(bad.statusCode).toBe(422);
    await app.close();
  });

  it('prevent the start when they differ, and the error names every difference', async () => {
    const handlers = { '/one': async () => ({}), '/three': async () => ({}) };
    const started = addSpecRoutes(Fastify(), await specWith('/one', '/two'), handlers);
    await expect(started).rejects.toMatchObject({
      code: 'SPOOKY_API_ROUTES',
      issues: [expect.stringContaining('/two is in'), expect.stringContaining('/three has a handler')],
    });
  });

  it.each([
    ['/café', '/caf%C3%A9', '/cafe'],
    ['/with%20space', '/with%20space', '/withspace'],
    ['/messages:send', '/messages:send', '/messagesXsend'],
    ['/a:b:c', '/a:b:c', '/aXb:c'],
    ['/(a)+', '/(a)+', '/aa'],
    ['/ends/', '/ends/', '/ends'],
  ])('serve the path %s at its address only', async (one, url, other) => {
    const app = Fastify();
    await addSpecRoutes(app, await specWith(one), { [one]: async () => ({}) });
    const codeOf = async (address: string) =>
      (await app.inject({ method: 'POST', url: address, payload: { id: 'a' } })).statusCode;
    expect([await codeOf(url), await codeOf(other)]).toEqual([200, 404]);
    await app.close();
  });

  it('require a valid spec', async () => {
    await expect(addSpecRoutes(Fastify(), path.join(folder, 'none.yaml'), {})).rejects.toThrow('none.yaml');
  });
});
