/** The two modes of a server; what one of them takes away is said by the tests that run in both. */
export const modes = [
  { mode: 'the open mode', serviceOnly: false },
  { mode: 'service-only mode', serviceOnly: true },
] as const;
