import { expect, it } from 'vitest';
import type { PendingWrite, WriteState } from '../queue/pending-write.ts';
import { Recorder } from './recorder.ts';

it('keeps the last 500 events', () => {
  const recorder = new Recorder({ tap: {}, queries: [], writes: [] });
  const heard: number[] = [];
  recorder.log.subscribe(({ id }) => heard.push(id));
  const frame = { type: 'pong' } as const;
  for (let n = 0; n < 1_234; n++) recorder.receive({ kind: 'received', frame, text: JSON.stringify(frame) });
  expect(recorder.log.entries.map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, n) => 735 + n));
  expect(recorder.log.entries.at(-1)).toMatchObject({ kind: 'received', type: 'pong', bytes: 15 });
  expect(heard).toHaveLength(1_234);
});

it('counts the bytes of a frame, not its characters', () => {
  const recorder = new Recorder({ tap: {}, queries: [], writes: [] });
  recorder.receive({ kind: 'sent', frame: { type: 'ping' }, text: '"👻"' });
  expect(recorder.log.entries).toMatchObject([{ kind: 'sent', bytes: 6 }]);
});

it('logs each state of a pending write once', () => {
  let writes: readonly PendingWrite[] = [];
  const inspection = {
    tap: {},
    queries: [],
    get writes() {
      return writes;
    },
  };
  const recorder = new Recorder(inspection);
  const change = (...states: WriteState[]): void => {
    writes = states.map((state, at) => ({ ...WRITE, key: `key-${at}`, state }));
    recorder.receive({ kind: 'queue' });
  };
  change({ kind: 'waiting' });
  change({ kind: 'waiting' }, { kind: 'waiting' });
  change({ kind: 'sending' }, { kind: 'waiting' });
  change({ kind: 'failed', failure: { code: 'SPOOKY_CLIENT_REFUSED', message: 'private words' } });
  const seen = recorder.log.entries.map((entry) => entry.kind === 'write' && [entry.key, entry.to, entry.code]);
  expect(seen).toEqual([
    ['key-0', 'waiting', undefined],
    ['key-1', 'waiting', undefined],
    ['key-0', 'sending', undefined],
    ['key-0', 'failed', 'SPOOKY_CLIENT_REFUSED'],
    ['key-1', 'gone', undefined],
  ]);
  expect(JSON.stringify(recorder.log.entries)).not.toContain('private words');
});

const WRITE: PendingWrite = {
  key: '',
  order: 1,
  user: 'user:ada',
  write: { kind: 'delete', id: { $r: ['thread', 'a'] } },
  guess: {},
  record: 'thread:a',
  touches: ['thread:a'],
  madeAt: 0,
  version: 1,
  state: { kind: 'waiting' },
};
