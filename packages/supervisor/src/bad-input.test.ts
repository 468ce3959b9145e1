import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { LifecycleEvent } from './process/process-info.ts';
import { untilGroupGone } from './testing/process-group.ts';
import { supervise, WAIT } from './testing/supervise.ts';

/**
 * Wrong input from callers and children. Each case is a typed error on the side that caused it; nothing is started,
 * left behind or crashed.
 */

const READY = 'export default (p) => { p.ready(); };';
const code = (name: string) => ({ code: `SPOOKY_SUPERVISOR_${name}` });

describe('refuses, before anything is started, an entry that', () => {
  test.each<[string, string, string, RegExp]>([
    ['is missing', 'dist/none.js', 'ENTRY_MISSING', /dist\/none\.js is not a file; build/],
    ['is a folder', 'dist', 'ENTRY_NOT_BUILT', /dist is not a \.js file/],
    ['is a source', 'src/a.ts', 'ENTRY_NOT_BUILT', /src\/a\.ts is not a \.js file; build it/],
    ['is beside dist', 'outside.js', 'ENTRY_OUTSIDE', /outside\.js is outside/],
    ['leaves dist with ..', 'dist/../outside.js', 'ENTRY_OUTSIDE', /is outside/],
    ['is absolute and elsewhere', '/etc/hosts.js', 'ENTRY_OUTSIDE', /is outside/],
    ['is a link to a file outside', 'dist/link.js', 'ENTRY_OUTSIDE', /symbolic links are resolved/],
    ['is a link to nothing', 'dist/dangling.js', 'ENTRY_MISSING', /is not a file/],
    ['contains a zero byte', 'dist/a\0.js', 'INVALID_OPTION', /must name a built file/],
    ['is a number', 1 as never, 'INVALID_OPTION', /must name a built file/],
    ['is not given', undefined as never, 'INVALID_OPTION', /must name a built file/],
  ])('%s', async (_name, entry, name, message) => {
    const { root, supervisor, events } = supervise({ 'a.js': READY });
    writeFileSync(join(root, 'outside.js'), READY);
    symlinkSync(join(root, 'outside.js'), join(root, 'dist/link.js'));
    symlinkSync(join(root, 'nowhere.js'), join(root, 'dist/dangling.js'));
    await expect(supervisor.spawn({ entry })).rejects.toMatchObject({
      ...code(name),
      message: expect.stringMatching(message),
    });
    expect(events).toEqual([]);
    expect(await supervisor.list()).toEqual([]);
  });
});

describe('rejects the spawn, with the reason, if the entry', () => {
  test.each<[string, string, string, RegExp]>([
    ['has a syntax error', 'export default (p => {', 'ENTRY_LOAD', /Unexpected|Missing|expected/],
    ['imports a missing package', "import 'no-such-package';", 'ENTRY_LOAD', /no-such-package/],
    ['throws while it is imported', "throw new Error('no disk');", 'ENTRY_LOAD', /no disk/],
    ['throws undefined while it is imported', 'throw undefined;', 'ENTRY_LOAD', /without a reason/],
    ['exports nothing', '', 'ENTRY_NO_EXPORT', /neither a default function nor a function named run/],
    ['exports no function', 'export default {}; export const run = 1;', 'ENTRY_NO_EXPORT', /neither a default/],
    ['exports a class', 'export default class {}', 'START_FAILED', /without 'new'/],
    ['never settles a top-level await', 'await new Promise(() => {});', 'START_TIMED_OUT', /not ready after 500 ms/],
  ])('%s', async (_name, source, name, message) => {
    const { supervisor, events } = supervise({ 'a.js': source });
    const startupTimeoutMs = name === 'START_TIMED_OUT' ? 500 : 15_000;
    await expect(supervisor.spawn({ entry: 'dist/a.js', startupTimeoutMs })).rejects.toMatchObject({
      ...code(name),
      message: expect.stringMatching(message),
      exit: expect.anything(),
    });
    expect(events.at(-1)?.state).toBe(name === 'START_TIMED_OUT' ? 'timed_out' : 'failed');
    await untilGroupGone(events.at(-1)?.pid);
  });
});

describe('refuses or copies a payload', () => {
  const circular: Record<string, unknown> = { at: new Date(0) };
  circular.self = circular;

  test.each([
    ['a function', () => {}],
    ['a symbol', { deep: [Symbol('no')] }],
    ['a promise', Promise.resolve()],
    [
      'a getter that throws',
      {
        get no() {
          throw new Error('never');
        },
      },
    ],
  ])('that cannot be copied, in spawn and in send: %s', async (_name, payload) => {
    const { supervisor, events } = supervise({ 'a.js': READY });
    await expect(supervisor.spawn({ entry: 'dist/a.js', payload })).rejects.toMatchObject(code('NOT_CLONEABLE'));
    expect(events).toEqual([]);
    const handle = await supervisor.spawn({ entry: 'dist/a.js' });
    expect(() => handle.send(payload)).toThrow(expect.objectContaining(code('NOT_CLONEABLE')));
    expect(() => supervisor.send(handle.processId, payload)).toThrow(expect.objectContaining(code('NOT_CLONEABLE')));
    expect((await handle.refresh())?.state).toBe('running');
  });

  test('that is too large, in spawn and in send, in both directions', async () => {
    const { supervisor, messages } = supervise({
      'a.js': `export default (p) => {
        try { p.send(new Uint8Array(17 * 1024 * 1024)); } catch (error) { p.send(error.name); }
        p.ready();
      };`,
    });
    const payload = new Uint8Array(17 * 1024 * 1024);
    const entry = 'dist/a.js';
    await expect(supervisor.spawn({ entry, payload })).rejects.toMatchObject(code('MESSAGE_TOO_LARGE'));
    const handle = await supervisor.spawn({ entry });
    expect(() => handle.send(payload)).toThrow(expect.objectContaining(code('MESSAGE_TOO_LARGE')));
    await vi.waitFor(() => expect(messages).toEqual(['RangeError']), WAIT);
  });

  test.each([
    [{ cmd: 'NODE_HANDLE', type: 'net.Socket' }],
    [{ cmd: 'NODE_HANDLE_ACK' }],
    [{ cmd: 'NODE_ANYTHING' }],
    [circular],
    [{ type: 'stop', reason: 'me' }],
    [undefined],
  ])('that resembles an internal message, unchanged: %j', async (payload) => {
    const { supervisor, messages } = supervise({
      'a.js': 'export default (p) => { p.send(p.payload); p.onMessage((message) => p.send(message)); p.ready(); };',
    });
    const handle = await supervisor.spawn({ entry: 'dist/a.js', payload });
    handle.send(payload);
    await vi.waitFor(() => expect(messages).toEqual([payload, payload]), WAIT);
    expect((await handle.refresh())?.state).toBe('running');
  });
});

test("keeps the host alive when a child sends Node's internal messages", async () => {
  const { supervisor, messages } = supervise({
    'a.js': `export default (p) => {
      for (const cmd of ['NODE_HANDLE', 'NODE_HANDLE_ACK', 'NODE_HANDLE_NACK', 'NODE_SOCKET_GET_COUNT', 'NODE_CLUSTER']) {
        for (const type of ['net.Socket', 'nonsense', undefined]) process.send({ cmd, type, key: 'x', act: 'exit' });
      }
      p.send('after');
      p.ready();
    };`,
  });
  const handle = await supervisor.spawn({ entry: 'dist/a.js' });
  await vi.waitFor(() => expect(messages).toEqual(['after']), WAIT);
  expect((await handle.refresh())?.state).toBe('running');
});

describe('publishes the error that the entry passed to fail:', () => {
  test.each<[string, string, string | RegExp]>([
    ['an error', "new Error('oh')", 'oh'],
    ['an error without a message', 'new Error()', 'Error'],
    ['a text', "'oh'", 'oh'],
    ['undefined', 'undefined', 'failed without a reason'],
    ['null', 'null', 'failed without a reason'],
    ['an object', '{ a: 1 }', 'an object without a message was thrown (its fields: a)'],
    ['an object without a prototype', 'Object.create(null)', 'an object without a message was thrown'],
    [
      'an error whose message throws',
      "Object.defineProperty(new Error(), 'message', { get() { throw new Error('inner'); } })",
      'Error',
    ],
    ['a symbol', "Symbol('oh')", 'Symbol(oh)'],
    [
      'an error that cannot be copied',
      "Object.assign(new Error('oh'), { code: () => {}, cause: process })",
      /^oh; caused by: an object without a message/,
    ],
    ['a text of 20 MB', "'x'.repeat(20_000_000)", /^x{1000,20000}…$/],
    ['an error with 20 MB', "new Error('x'.repeat(20_000_000))", /^x{1000,20000}…$/],
  ])('%s', async (_name, expression, error) => {
    const { supervisor, ended } = supervise({
      'a.js': `export default (p) => { p.ready(); setTimeout(() => { p.fail(${expression}); p.complete(); p.fail('again'); }); };`,
    });
    const { processId } = await supervisor.spawn({ entry: 'dist/a.js' });
    const event = await ended(processId);
    expect(event).toMatchObject({ state: 'failed', exitReason: 'failed', exit: { exitCode: 1, forced: false } });
    if (typeof error === 'string') expect(event.error).toBe(error);
    else expect(event.error).toMatch(error);
    await untilGroupGone(event.pid);
  });
});

test('sends in every state, or throws a typed error', async () => {
  const { supervisor, events, messages } = supervise({
    'a.js': `export default (p) => {
      p.onMessage((message) => p.send(message));
      p.onStop(() => setTimeout(p.complete, 50));
      p.ready();
    };`,
  });
  const outcomes: Record<string, string> = {};
  const attempt = ({ processId, state }: LifecycleEvent) => {
    try {
      supervisor.send(processId, state);
      outcomes[state] = 'sent';
    } catch (error) {
      outcomes[state] = (error as { code: string }).code;
    }
  };
  supervisor.onLifecycle(attempt);
  const handle = await supervisor.spawn({ entry: 'dist/a.js' });
  await vi.waitFor(() => expect(messages).toEqual(['starting', 'running']), WAIT);
  await handle.stop();
  expect(outcomes).toEqual({
    ...{ starting: 'sent', running: 'sent', stopping: 'sent' },
    stopped: 'SPOOKY_SUPERVISOR_PROCESS_ENDED',
  });
  expect(messages).toEqual(['starting', 'running', 'stopping']);
  expect(events).toHaveLength(4);
});

test.each([
  ['completed', 'p.complete()'],
  ['failed', 'p.fail()'],
  ['timed_out', 'for (;;);'],
])('throws a typed error for a message to a process that has %s', async (state, statement) => {
  const { supervisor, ended } = supervise({
    'a.js': `export default (p) => { p.ready(); setTimeout(() => { ${statement}; }); };`,
  });
  const heartbeatTimeoutMs = state === 'timed_out' ? 300 : 15_000;
  const handle = await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs });
  expect((await ended(handle.processId)).state).toBe(state);
  expect(() => handle.send(1)).toThrow(expect.objectContaining(code('PROCESS_ENDED')));
  await handle.stop();
});

test('reports the same error for the id of another user and for an unknown id', async () => {
  const { supervisor, events } = supervise({ 'a.js': READY });
  const ada = await supervisor.spawn({ entry: 'dist/a.js', userId: 'ada' });
  const messageOf = (processId: string, error: unknown) =>
    String((error as Error).message).replace(`id ${processId};`, 'id ID;');
  const refusals = new Set<string>();
  for (const processId of [ada.processId, 'nobody', '__proto__', '']) {
    await supervisor.stop(processId, { userId: 'bob' }).catch((error) => refusals.add(messageOf(processId, error)));
    try {
      supervisor.send(processId, 1, 'bob');
    } catch (error) {
      refusals.add(messageOf(processId, error));
    }
    expect(await supervisor.get(processId, 'bob')).toBeNull();
  }
  // The same text for both, so that the error does not reveal which ids exist.
  expect([...refusals]).toEqual(['No process has the id ID; list() returns the known ones.']);
  expect(await supervisor.list({ userId: 'bob' })).toEqual([]);
  expect(events.map(({ state }) => state)).toEqual(['starting', 'running']);
  expect((await ada.refresh())?.state).toBe('running');
});
