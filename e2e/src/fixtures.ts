import { test as base, expect } from '@playwright/test';
import { type OpenAiServer, startOpenAiServer } from './openai-server.ts';
import { type Person, publishThread, signUp } from './person.ts';
import { Stack } from './stack.ts';

export { expect, publishThread, signUp };

export interface Flows {
  /** Signs a new person up, in a new browser context. */
  newPerson: (name: string) => Promise<Person>;
}

export interface Shared {
  /** The stack as a fresh clone has it, with the offline writer. */
  stack: Stack;
  /** What the API of `modelStack` asks for text. */
  model: OpenAiServer;
  /** The stack with a model, which a flow can hold back or have fail. */
  modelStack: Stack;
}

/** Stacks are shared by a worker's flows; a flow that needs other settings, or ends its stack, starts one of its own. */
export const test = base.extend<Flows, Shared>({
  stack: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures off the pattern.
    async ({}, use) => {
      const stack = await Stack.start();
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  model: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures off the pattern.
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
  newPerson: async ({ browser, stack }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (name) => {
      const context = await browser.newContext();
      contexts.push(context);
      const page = await context.newPage();
      return signUp(page, stack.urls.web, name);
    });
    for (const context of contexts) await context.close();
  },
});
