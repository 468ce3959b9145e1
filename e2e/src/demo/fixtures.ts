import { test as base } from '../fixtures.ts';
import { Stack } from '../stack.ts';
import { type OpenAiServer, startOpenAiServer } from './openai-server.ts';

export { expect, signUp } from '../fixtures.ts';
export { publishThread } from './threads.ts';

interface Shared {
  /** The model that the API of `modelStack` calls. */
  model: OpenAiServer;
  /** The stack with a model that a flow can hold back or make fail. */
  modelStack: Stack;
}

export const test = base.extend<object, Shared>({
  model: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      const model = await startOpenAiServer();
      await use(model);
      await model.close();
    },
    { scope: 'worker' },
  ],
  modelStack: [
    async ({ model }, use) => {
      const stack = await Stack.start({ env: { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: model.baseUrl } });
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});
