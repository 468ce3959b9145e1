import { describe, expect, it } from 'vitest';
import { isLoopback, parseQueryTimeout, parseStorage } from './db-start.ts';

describe('parseStorage', () => {
  it('accepts memory and a folder, in all usual spellings', () => {
    for (const text of ['memory', 'mem:', 'mem://', 'memory:']) expect(parseStorage(text)).toEqual({ type: 'memory' });
    for (const text of ['rocksdb:/a/b', 'rocksdb:///a/b', 'rocksdb:/a/x/../b']) {
      expect(parseStorage(text)).toEqual({ type: 'rocksdb', path: '/a/b' });
    }
    for (const text of ['rocksdb:a', 'rocksdb://a']) {
      expect(parseStorage(text)).toEqual({ type: 'rocksdb', path: `${process.cwd()}/a` });
    }
  });

  it.each([
    ['surrealkv://data', 'write rocksdb:PATH'],
    ['tikv://10.0.0.1:2379', 'Only a SurrealDB server'],
    ['file:data', 'Write rocksdb:PATH'],
    ['rocksdb:', 'Name the folder as well'],
    ['rocksdb', 'Name the folder as well'],
    ['rokcsdb:data', 'Did you mean rocksdb:data?'],
    ['RocksDB://data', 'Did you mean rocksdb:data?'],
    ['memroy', 'Did you mean memory?'],
    ['.data/spookify', 'Write memory, or rocksdb:PATH'],
  ])('refuses %s with a hint', (text, hint) => {
    expect(() => parseStorage(text)).toThrow(`${text} is not a supported storage. `);
    expect(() => parseStorage(text)).toThrow(hint);
  });
});

it('accepts only whole seconds as a query timeout', () => {
  expect(['60', '60s', '0'].map(parseQueryTimeout)).toEqual([60_000, 60_000, 0]);
  for (const text of ['', '1.5', '-1', 'long']) expect(() => parseQueryTimeout(text)).toThrow('is not a timeout');
});

it('recognises loopback addresses', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', 'db.example', '1270.0.0.1'].some(isLoopback)).toBe(false);
});
