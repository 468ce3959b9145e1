/** A truth value in three-valued logic. `undefined`: only the database can decide. */
export type Truth = boolean | undefined;

export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** Whether a test holds for at least one item. */
export function someOf<Item>(items: readonly Item[], test: (item: Item) => Truth): Truth {
  let result: Truth = false;
  for (const item of items) {
    const truth = test(item);
    if (truth === true) return true;
    if (truth === undefined) result = undefined;
  }
  return result;
}

/** Whether a test holds for every item. */
export function everyOf<Item>(items: readonly Item[], test: (item: Item) => Truth): Truth {
  return not(someOf(items, (item) => not(test(item))));
}
