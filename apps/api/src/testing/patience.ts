/**
 * Options for `vi.waitFor` and `vi.waitUntil`: enough time for a busy machine; they return as soon as the condition holds.
 */
export const PATIENCE = { timeout: 25_000, interval: 20 } as const;
