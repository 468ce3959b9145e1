import { expect, test, vi } from 'vitest';
import { createSupervisor } from './supervisor.ts';
import { supervise, temporaryRoot, WAIT } from './testing/supervise.ts';

const ECHO = `export default (p) => {
  p.ready();
  p.onMessage((payload) => payload === 'end' ? p.complete() : p.send(payload));
};`;

test('delivers messages in both directions, in order, as copies that keep their types', async () => {
  const { supervisor, messages } = supervise({ 'echo.js': ECHO });
  const handle = await supervisor.spawn({ entry: 'dist/echo.js' });
  const sent = [
    1,
    'two',
    { three: new Date(3) },
    new Map([[4, 4n]]),
    undefined,
    new Uint8Array(5),
    { cmd: 'NODE_HANDLE' },
  ];
  for (const payload of sent) handle.send(payload);
  await vi.waitFor(() => expect(messages).toEqual(sent), WAIT);
});

test('keeps messages for the first handler of the child', async () => {
  const { supervisor, messages } = supervise({
    'late.js': `export default (p) => {
      p.ready();
      setTimeout(() => p.onMessage((payload) => p.send(payload)), 100);
    };`,
  });
  const handle = await supervisor.spawn({ entry: 'dist/late.js' });
  for (let n = 0; n < 100; n++) supervisor.send(handle.processId, n);
  await vi.waitFor(() => expect(messages).toEqual(Array.from({ length: 100 }, (_, n) => n)), WAIT);
});

test('keeps the newest thousand messages for the first handler of the host', async () => {
  const root = temporaryRoot({
    'chatty.js': `export default function chat(p, n = 0) {
      try { for (; n < 1500; n++) p.send(n); p.ready(); } catch { setTimeout(chat, 5, p, n); }
    }`,
  });
  const supervisor = createSupervisor({ root, scope: { type: 'operator' } });
  await supervisor.spawn({ entry: 'dist/chatty.js' });
  const messages: unknown[] = [];
  supervisor.onMessage(({ payload }) => void messages.push(payload));
  await vi.waitFor(() => expect(messages).toEqual(Array.from({ length: 1000 }, (_, n) => n + 500)), WAIT);
  await supervisor.close();
});

test('delivers a large message although the child completes right after it', async () => {
  const { supervisor, messages, ended } = supervise({
    'large.js': 'export default (p) => { p.ready(); p.send(new Uint8Array(5_000_000).fill(7)); p.complete(); };',
  });
  const { processId } = await supervisor.spawn({ entry: 'dist/large.js' });
  expect(await ended(processId)).toMatchObject({ state: 'completed' });
  expect(messages).toHaveLength(1);
  expect(messages[0]).toEqual(new Uint8Array(5_000_000).fill(7));
});

test('throws on the sending side if a message cannot be copied', async () => {
  const { supervisor, messages, states } = supervise({
    'a.js': `export default (p) => {
      p.ready();
      try { p.send(() => {}); } catch (error) { p.send(error.name); }
    };`,
  });
  const handle = await supervisor.spawn({ entry: 'dist/a.js' });
  const code = 'SPOOKY_SUPERVISOR_NOT_CLONEABLE';
  expect(() => handle.send({ deep: [Symbol('no')] })).toThrow(expect.objectContaining({ code }));
  await vi.waitFor(() => expect(messages).toEqual(['TypeError']), WAIT);
  expect(states()).toEqual(['starting', 'running']);
});

test('throws when too many messages wait for the child', async () => {
  const { supervisor } = supervise({ 'deaf.js': 'export default (p) => p.ready();' });
  const handle = await supervisor.spawn({ entry: 'dist/deaf.js' });
  for (let n = 0; n < 1000; n++) handle.send(n);
  const code = 'SPOOKY_SUPERVISOR_QUEUE_FULL';
  expect(() => handle.send('one more')).toThrow(expect.objectContaining({ code }));
});

test('throws for a message to an ended or unknown process', async () => {
  const { supervisor, ended } = supervise({ 'echo.js': ECHO });
  const handle = await supervisor.spawn({ entry: 'dist/echo.js' });
  handle.send('end');
  await ended(handle.processId);
  expect(() => handle.send(1)).toThrow(expect.objectContaining({ code: 'SPOOKY_SUPERVISOR_PROCESS_ENDED' }));
  const code = 'SPOOKY_SUPERVISOR_UNKNOWN_PROCESS';
  expect(() => supervisor.send('nobody', 1)).toThrow(expect.objectContaining({ code }));
});

test('ignores messages of a child that are not of the protocol', async () => {
  const { supervisor, messages } = supervise({
    'odd.js': `export default (p) => {
      for (const junk of [1, null, 'ready', {}, { type: 'message', data: 'text' }, { type: 'nope' },
        { type: 'message', data: new Uint8Array([1, 2, 3]) }]) process.send(junk);
      p.ready();
      p.send('fine');
    };`,
  });
  await supervisor.spawn({ entry: 'dist/odd.js' });
  await vi.waitFor(() => expect(messages).toEqual(['fine']), WAIT);
});

test('turns the error of a handler into a warning and calls the other handlers', async () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning.message);
  process.on('warning', onWarning);
  const { supervisor, messages } = supervise({ 'echo.js': ECHO });
  supervisor.onLifecycle(() => {
    throw new Error('a bad handler');
  });
  const handle = await supervisor.spawn({ entry: 'dist/echo.js' });
  handle.send(1);
  await vi.waitFor(() => expect(messages).toEqual([1]), WAIT);
  expect(warnings).toContain('a bad handler');
  process.off('warning', onWarning);
});

test('copies messages when they are sent, small or large, waiting or not', async () => {
  const { supervisor, messages } = supervise({ 'echo.js': ECHO });
  const small = { n: 1 };
  const large = { n: 1, text: 'x'.repeat(10_000) };
  supervisor.onLifecycle(({ processId, state }) => {
    if (state !== 'starting') return;
    for (const payload of [small, large]) {
      supervisor.send(processId, payload);
      payload.n = 2;
    }
  });
  const handle = await supervisor.spawn({ entry: 'dist/echo.js' });
  await vi.waitFor(() => expect(messages).toEqual([{ n: 1 }, { ...large, n: 1 }]), WAIT);
  for (const payload of [small, large]) {
    handle.send(payload);
    payload.n = 3;
  }
  await vi.waitFor(() => expect(messages.slice(2)).toEqual([{ n: 2 }, { ...large, n: 2 }]), WAIT);
});
