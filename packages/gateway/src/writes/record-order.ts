/** Runs work of one key in the order of the calls, and work of different keys at the same time. */
export interface RecordOrder {
  run<Result>(key: string, work: () => Promise<Result>): Promise<Result>;
}

export function createRecordOrder(): RecordOrder {
  const last = new Map<string, Promise<unknown>>();
  return {
    async run(key, work) {
      const before = last.get(key) ?? Promise.resolve();
      // A failure of the one before is that one's answer, and does not hold this one up.
      const mine = before.then(work, work);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
