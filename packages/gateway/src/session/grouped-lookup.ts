/*
 * Turns single lookups into few queries: while one query runs, further lookups wait and then share the next one.
 *
 *   idle ──find──▶ asking ──answered, none waits──▶ idle
 *                    ▲  └─answered, some wait─┐
 *                    └────────────────────────┘
 *
 * When a gateway stops, its clients connect to another one at almost the same time. A query for each would delay the
 * rounds of everyone else.
 */

/** The most lookups in one query. */
const GROUP_MAX = 500;

interface Waiting<Key, Found> {
  readonly key: Key;
  readonly resolve: (found: Found | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * @param findAll finds what exists of these keys, in one query
 * @param keyOf the key of something found, as text
 * @returns looks one key up: undefined if it does not exist. It rejects if the query fails.
 */
export function groupedLookup<Key, Found>(
  findAll: (keys: readonly Key[]) => Promise<readonly Found[]>,
  keyOf: (found: Found) => string,
): (key: Key) => Promise<Found | undefined> {
  let waiting: Waiting<Key, Found>[] = [];
  let isAsking = false;

  async function askAll(): Promise<void> {
    isAsking = true;
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_MAX);
      waiting = waiting.slice(GROUP_MAX);
      try {
        const found = new Map((await findAll(group.map(({ key }) => key))).map((one) => [keyOf(one), one]));
        for (const { key, resolve } of group) resolve(found.get(String(key)));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isAsking = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!isAsking) void askAll();
    });
}
