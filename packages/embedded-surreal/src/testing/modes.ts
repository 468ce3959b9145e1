/** The two modes of a server. A test that runs in both states what service-only mode refuses. */
export const modes = [
  { mode: 'the open mode', serviceOnly: false },
  { mode: 'service-only mode', serviceOnly: true },
] as const;
