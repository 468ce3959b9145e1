import { randomBytes } from 'node:crypto';
import { test as base, expect, type Page } from '@playwright/test';
import { type OpenAiServer, startOpenAiServer } from './openai-server.ts';
import { Stack } from './stack.ts';

export { expect };

/** A signed-up person in a browser window of their own. */
export interface Person {
  page: Page;
  username: string;
  password: string;
}

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

/** Goes to the web app and makes an account. */
export async function signUp(page: Page, web: string, name: string): Promise<Person> {
  const person = { page, username: `${name}-${randomBytes(4).toString('hex')}`, password: 'a long enough secret' };
  await page.goto(web);
  await page
    .getByRole('link', { name: /sign up|create|account/i })
    .first()
    .click();
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  return person;
}

/** Writes a thread and opens its page. */
export async function publishThread(page: Page, title: string, text: string): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Text').fill(text);
  await page.getByRole('button', { name: 'Publish thread' }).click();
}
