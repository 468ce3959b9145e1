/** For `vi.waitFor` and `vi.waitUntil`: long enough for a busy machine, and no longer than it takes. */
export const PATIENCE = { timeout: 25_000, interval: 20 } as const;
