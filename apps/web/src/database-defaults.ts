/** Where the database answers when nothing else is said: the address `spooky dev` uses unless a port is busy. */
export const defaultDatabase = {
  url: 'ws://127.0.0.1:3666/rpc',
  namespace: 'main',
  database: 'spookify',
} as const;
