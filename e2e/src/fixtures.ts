import { test as base, expect } from '@playwright/test';
import { BuiltApp } from './built-app/built-app.ts';
import { type Person, signUp } from './person.ts';
import { Stack } from './stack.ts';

export { expect, signUp };

export interface Flows {
  /** Signs up a new person in a new browser context. */
  newPerson: (name: string) => Promise<Person>;
}

export interface Shared {
  /** The stack of a fresh clone. */
  stack: Stack;
  /** The production build of the web app on a stack. */
  builtApp: BuiltApp;
}

/** The flows of a worker share a stack. A flow that needs other settings, or ends its stack, starts its own. */
export const test = base.extend<Flows, Shared>({
  stack: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      const stack = await Stack.start();
      await use(stack);
      await stack.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  builtApp: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
    async ({}, use) => {
      const app = await BuiltApp.start();
      await use(app);
      await app.stop();
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
