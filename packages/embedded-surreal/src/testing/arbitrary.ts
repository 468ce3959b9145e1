import fc from 'fast-check';

/** Any JSON value, with numbers that the SDK's codec can write. */
export const plainValue: fc.Arbitrary<unknown> = fc
  .json({ maxDepth: 4 })
  .map((text) =>
    JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'number' ? Math.max(-1e15, Math.min(1e15, value)) : value,
    ),
  );
