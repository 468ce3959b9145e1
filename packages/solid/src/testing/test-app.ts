import { createEffect, createRoot } from 'solid-js';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { People } from '../../../client/src/testing/people.ts';
import { startStack, type TestStack } from '../../../client/src/testing/stack.ts';

/** A real gateway and database, their users, and components, for the tests of one file. */
export interface TestApp {
  readonly stack: Pick<TestStack, 'query' | 'stopGateway' | 'startGateway'>;
  /** Clients, which are closed at the end of each test. */
  readonly people: People;
  /** Runs code like a component that lives until the end of the test. */
  mount<Result>(component: () => Result): Result;
  /** Ends all components, as at the end of the test. */
  unmount(): void;
  /** Records a value like a component that shows it. */
  shown<Value>(read: () => Value): Value[];
}

/** Starts an app before the tests of this file, and ends it after them. */
export function testApp(): TestApp {
  let started: TestStack | undefined;
  const stack = (): TestStack => {
    if (started === undefined) throw new Error('The stack runs only during the tests.');
    return started;
  };
  const people = new People(() => stack().url);
  const roots: (() => void)[] = [];
  const unmount = (): void => {
    for (const dispose of roots.splice(0)) dispose();
  };
  const mount = <Result>(component: () => Result): Result =>
    createRoot((dispose) => {
      roots.push(dispose);
      return component();
    });
  beforeAll(async () => {
    started = await startStack();
  });
  afterEach(() => {
    unmount();
    people.close();
  });
  afterAll(() => started?.close());
  return {
    stack: {
      query: (text, bindings) => stack().query(text, bindings),
      stopGateway: () => stack().stopGateway(),
      startGateway: () => stack().startGateway(),
    },
    people,
    mount,
    unmount,
    shown: (read) => {
      const values: ReturnType<typeof read>[] = [];
      mount(() => createEffect(() => values.push(read())));
      return values;
    },
  };
}
