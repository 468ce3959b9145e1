import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WRONG_ENVIRONMENT } from '../exit-code.ts';
import { TOKEN } from '../testing/api.ts';
import { ensureBuilt } from '../testing/built.ts';
import { startTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startHttpProxy } from '../testing/http-proxy.ts';
import { completes, type OpenAiServer, startOpenAiServer } from '../testing/openai-server.ts';
import { PATIENCE } from '../testing/patience.ts';
import { killPrograms, runOn, runProgram, slowTimersFrom } from '../testing/program.ts';
import { deliver } from '../testing/spookify.ts';
import { createThread, readSuggestion } from '../testing/threads.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const KEY = 'sk-the-key-of-the-installation';

let database: TestDatabase;
let model: OpenAiServer;

beforeAll(async () => {
  [database, model] = await Promise.all([startTestDatabase(), startOpenAiServer(), ensureBuilt()]);
});
afterEach(() => killPrograms());
afterAll(() => Promise.all([database.close(), model.close()]));

const runAgainstModel = (preload?: string) =>
  runOn(database, { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: model.baseUrl }, preload);

async function newJob(key: string) {
  const author = await database.createUser('ada');
  return { key, thread: await createThread(database, author), author };
}

describe('the program with a model', () => {
  it('does not start with an invalid model address, and does not show the key', async () => {
    const { exited, output } = runProgram({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'localhost' });
    expect(await exited).toBe(WRONG_ENVIRONMENT);
    for (const name of ['OPENAI_BASE_URL', 'SPOOKY_AUTH_TOKEN']) expect(output()).toContain(name);
    expect(output()).not.toContain(KEY);
  });

  it('reaches the model through the proxy of the environment, and the database directly', async () => {
    const proxy = await startHttpProxy(model.baseUrl);
    onTestFinished(() => proxy.close());
    const program = await runOn(database, {
      ...{ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'http://model.example/v1' },
      ...{ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, HTTPS_PROXY: 'http://127.0.0.1:1' },
    });
    model.answer = completes({ title: 'Through a proxy', content: 'C' });
    const job = await newJob('job:proxied');
    expect(await deliver(program.url, job)).toMatchObject({ status: 200 });
    expect(await readSuggestion(database, job.thread)).toMatchObject({ title: 'Through a proxy' });
    expect(proxy.asked).toEqual(['model.example']);
  });

  it('finishes requests in progress after SIGTERM, accepts no new ones, and leaves no process behind', async () => {
    const program = await runAgainstModel();
    const answered = Promise.withResolvers<void>();
    model.answer = async (request, response) => {
      await answered.promise;
      completes({ title: 'T', content: 'C' })(request, response);
    };
    const job = await newJob('job:drained');
    const waiting = deliver(program.url, job);
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    program.child.kill('SIGTERM');
    await vi.waitFor(() => expect(program.output()).toContain('stopping'), PATIENCE);
    const late = await deliver(program.url, await newJob('job:late')).then(
      ({ body }) => body.code,
      () => 'refused',
    );
    expect(['SPOOKY_API_STOPPING', 'refused']).toContain(late);
    answered.resolve();
    expect(await waiting).toMatchObject({ status: 200 });
    expect(await program.exited).toBe(0);
    expect(await readSuggestion(database, job.thread)).toMatchObject({ title: 'T' });
    expect(program.output()).not.toMatch(new RegExp(`${KEY}|${TOKEN}|${database.settings.password.reveal()}`));
  });

  it('stops waiting after its time limit, and closes the connection to the model', async () => {
    // Its 3.5 s for requests in progress must run out; its last timer, a second later, must not.
    const program = await runAgainstModel(slowTimersFrom(4_000));
    model.answer = () => undefined;
    const waiting = deliver(program.url, await newJob('job:stuck'));
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    program.child.kill('SIGINT');
    expect(await waiting).toMatchObject({ status: 503, body: { code: 'SPOOKY_API_STOPPING' } });
    expect(await program.exited).toBe(0);
    await vi.waitFor(() => expect(model.open()).toBe(0), PATIENCE);
  });

  it('ends at once on a second signal', async () => {
    const program = await runAgainstModel();
    model.answer = () => undefined;
    const waiting = deliver(program.url, await newJob('job:cut')).catch((error: Error) => error.name);
    await vi.waitFor(() => expect(model.open()).toBe(1), PATIENCE);
    program.child.kill('SIGTERM');
    await vi.waitFor(() => expect(program.output()).toContain('stopping'), PATIENCE);
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(1);
    expect(await waiting).toBe('TypeError');
    // Its writer process must not outlive it.
    await vi.waitFor(() => expect(model.open()).toBe(0), PATIENCE);
  });
});
