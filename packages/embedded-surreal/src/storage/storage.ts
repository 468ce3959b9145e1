/**
 * Where the data is kept: in memory, where it ends with the process, or in a RocksDB folder, which one process at a
 * time can use.
 */
export type Storage = { readonly type: 'memory' } | { readonly type: 'rocksdb'; readonly path: string };
