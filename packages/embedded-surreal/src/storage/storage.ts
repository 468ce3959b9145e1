/** Where the data lives: gone with the process, or in a folder that one process at a time may hold. */
export type Storage = { readonly type: 'memory' } | { readonly type: 'rocksdb'; readonly path: string };
