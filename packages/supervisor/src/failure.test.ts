import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpawnOptions } from './options.ts';
import type { LifecycleEvent } from './process/process-info.ts';
import { supervise } from './testing/supervise.ts';

/** Runs `dist/a.js` to its failure. The other files are beside it. */
async function failureOf(
  files: Record<string, string>,
  options: Partial<SpawnOptions> = {},
): Promise<{ event: LifecycleEvent; error: unknown; root: string }> {
  const { supervisor, events, ended, root } = supervise();
  for (const [name, source] of Object.entries(files)) {
    const file = join(root, 'dist', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, source);
  }
  const error = await supervisor.spawn({ entry: 'dist/a.js', ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { event: await ended(events[0]?.processId ?? ''), error, root };
}

const ready = (rest: string) => `export default (p) => { p.ready(); setTimeout(() => { ${rest} }); };`;

describe('names the file, line and column of an entry that does not load, because of', () => {
  test.each<[string, Record<string, string>, RegExp | string, object]>([
    [
      'a syntax error in a file that it imports',
      { 'a.js': "import './lib/b.js';", 'lib/b.js': 'export const a = 1;\nexport const b = {;\n' },
      "Unexpected token ';' (dist/lib/b.js:2:19)",
      { file: 'dist/lib/b.js', line: 2, column: 19 },
    ],
    [
      'a syntax error in the entry',
      { 'a.js': '\n\nexport default (' },
      'Unexpected end of input (dist/a.js:3:17)',
      { file: 'dist/a.js', line: 3 },
    ],
    [
      'a syntax error in a file that it imports later',
      { 'a.js': "const name = './late.js'; await import(name);", 'late.js': '\nlet let = 1;' },
      /\(dist\/late\.js:2:5\)$/,
      { file: 'dist/late.js', line: 2, column: 5 },
    ],
    [
      'a syntax error in a CommonJS file',
      { 'a.js': "import './b.cjs';", 'b.cjs': '\n\nlet x = ;' },
      "Unexpected token ';' (dist/b.cjs:3:9)",
      { file: 'dist/b.cjs', line: 3, column: 9 },
    ],
    [
      'an export that does not exist',
      { 'a.js': "import './b.js';", 'b.js': "\nimport { nope } from './c.js';", 'c.js': 'export const a = 1;' },
      /does not provide an export named 'nope' \(dist\/b\.js:2:10\)$/,
      { file: 'dist/b.js', line: 2, column: 10 },
    ],
    [
      'an import of a file that does not exist',
      { 'a.js': "import './b.js';", 'b.js': "\n  import '../none.js';" },
      /Cannot find module '.*none\.js' imported from .*b\.js \(dist\/b\.js:2:10\)$/,
      { file: 'dist/b.js', line: 2, column: 10 },
    ],
    [
      'an import of a package that does not exist',
      { 'a.js': "import './b.js';", 'b.js': '\nimport "no-such-package";' },
      /Cannot find package 'no-such-package' imported from .*b\.js \(dist\/b\.js:2:8\)$/,
      { file: 'dist/b.js', line: 2, column: 8 },
    ],
    [
      'a mistake in a JSON file',
      { 'a.js': "import './b.json' with { type: 'json' };", 'b.json': '{\n  "a": }' },
      /\(dist\/b\.json:2:8\)$/,
      { file: 'dist/b.json', line: 2, column: 8 },
    ],
    [
      'a circular import that is read too early',
      {
        'a.js': "import { b } from './b.js'; export const a = b;",
        'b.js': "import { a } from './a.js';\nexport const b = a;",
      },
      "Cannot access 'a' before initialization (dist/b.js:2:18)",
      { file: 'dist/b.js', line: 2, column: 18 },
    ],
    [
      'an error while a file is evaluated',
      { 'a.js': "import './b.js';", 'b.js': "\nthrow new Error('no disk');" },
      'no disk (dist/b.js:2:7)',
      { file: 'dist/b.js', line: 2, column: 7 },
    ],
  ])('%s', async (_name, files, message, place) => {
    const { event, error } = await failureOf(files);
    expect(event).toMatchObject({ state: 'failed', errorCode: 'SPOOKY_SUPERVISOR_ENTRY_LOAD', errorDetail: { place } });
    if (typeof message === 'string') expect(event.error).toBe(message);
    else expect(event.error).toMatch(message);
    expect(error).toMatchObject({ message: expect.stringContaining(event.error ?? '?') });
  });

  test('a syntax error, under the permission model', async () => {
    const files = { 'a.js': "import './b.js';", 'b.js': '\nlet = 1 2;' };
    const { event } = await failureOf(files, { permissions: {} });
    expect(event.errorDetail?.place).toMatchObject({ file: 'dist/b.js', line: 2 });
    expect(event.exit?.stderr.join('\n')).toMatch(/b\.js:2\n.*let = 1 2;/);
  });

  test('a mistake in a source that was compiled with a source map', async () => {
    const map = { version: 3, sources: ['../src/a.ts'], names: [], mappings: ';AAEI' };
    const { event } = await failureOf({ 'a.js': "\nthrow new Error('no');", 'a.js.map': JSON.stringify(map) });
    expect(event.errorDetail?.place).toEqual({ file: 'src/a.ts', line: 3, column: 11 });
  });
});

describe('keeps of what an entry throws', () => {
  test('code and message, if it is an object', async () => {
    const { event } = await failureOf({ 'a.js': ready("throw { code: 'E_NO', message: 'no' };") });
    expect(event).toMatchObject({ error: 'no', errorCode: 'E_NO', exit: { exitCode: 1, forced: false } });
  });

  test('what can be read of a value that throws when it is printed', async () => {
    const hostile = "Object.defineProperty(new Error('no'), 'stack', { get() { throw new Error('again'); } })";
    const { event } = await failureOf({ 'a.js': ready(`throw ${hostile};`) });
    expect(event).toMatchObject({ error: 'no', exit: { exitCode: 1, forced: false } });
  });

  test('place, causes, parts and the fields of the operating system', async () => {
    const cause = "(() => { try { readFileSync('/none/of/it'); } catch (error) { return error; } })()";
    const source = `import { readFileSync } from 'node:fs';
      export default async () => {
        throw new AggregateError([new TypeError('one'), 'two'], 'all failed', { cause: ${cause} });
      };`;
    const { event, error } = await failureOf({ 'a.js': source });
    expect(event.error).toMatch(/^all failed: one; two; caused by: ENOENT: no such file/);
    expect(event.errorDetail).toMatchObject({
      name: 'AggregateError',
      place: { file: 'dist/a.js', line: 3, column: 15 },
      errors: [{ name: 'TypeError', message: 'one', place: { line: 3 } }, { message: 'two' }],
      cause: { code: 'ENOENT', system: { syscall: 'open', path: '/none/of/it', errno: expect.any(Number) } },
    });
    expect(error).toMatchObject({
      code: 'SPOOKY_SUPERVISOR_START_FAILED',
      cause: { name: 'AggregateError', errors: [{ message: 'one' }, { message: 'two' }], cause: { code: 'ENOENT' } },
    });
  });
});

describe('keeps an error of', () => {
  const later = "Object.assign(new Error('late', { cause: new Error('why') }), { code: 'LATE' })";
  test.each<[string, string]>([
    ['a timer', ready(`throw ${later};`)],
    ['a rejection', ready(`Promise.reject(${later});`)],
    [
      'a rejection with a plain object',
      ready("Promise.reject({ code: 'LATE', message: 'late', cause: new Error('why') });"),
    ],
    ['a handler of messages', `export default (p) => { p.onMessage(() => { throw ${later}; }); p.ready(); };`],
    [
      'an async handler of messages',
      `export default (p) => { p.onMessage(async () => { throw ${later}; }); p.ready(); };`,
    ],
    ['fail', ready(`p.fail(${later});`)],
    ['an event', `import { EventEmitter } from 'node:events'; ${ready(`new EventEmitter().emit('error', ${later});`)}`],
  ])('%s', async (_name, source) => {
    const { supervisor, ended } = supervise({ 'a.js': source });
    const handle = await supervisor.spawn({ entry: 'dist/a.js' });
    handle.send('go');
    const event = await ended(handle.processId);
    expect(event).toMatchObject({ state: 'failed', errorCode: 'LATE', error: 'late; caused by: why' });
    expect(event.errorDetail).toMatchObject({ cause: { message: 'why' } });
  });

  test.each([
    ['a handler of stops', `() => { throw ${later}; }`],
    ['an async handler of stops', `async () => { throw ${later}; }`],
  ])('%s, although the process counts as stopped', async (_name, handler) => {
    const { supervisor, ended } = supervise({ 'a.js': `export default (p) => { p.onStop(${handler}); p.ready(); };` });
    const handle = await supervisor.spawn({ entry: 'dist/a.js' });
    await handle.stop();
    expect(await ended(handle.processId)).toMatchObject({
      state: 'stopped',
      errorCode: 'LATE',
      errorDetail: { cause: { message: 'why' } },
    });
  });

  test('a message that cannot be copied', async () => {
    const { event } = await failureOf({ 'a.js': ready('p.send({ work() {} });') });
    expect(event.error).toMatch(
      /^This message cannot be copied to the host; send plain data.*; caused by: .*could not be cloned/,
    );
  });

  test('a recursion without an end', async () => {
    const { event } = await failureOf({ 'a.js': `\nconst dig = () => dig() + 1; ${ready('dig();')}` });
    expect(event).toMatchObject({
      error: 'Maximum call stack size exceeded',
      errorDetail: { name: 'RangeError', place: { line: 2 } },
    });
  });
});

test('leaves a rejection to the handler of the entry', async () => {
  const { supervisor, ended } = supervise({
    'a.js': `export default (p) => { process.on('unhandledRejection', () => p.complete()); p.ready(); Promise.reject(1); };`,
  });
  const { processId } = await supervisor.spawn({ entry: 'dist/a.js' });
  expect((await ended(processId)).state).toBe('completed');
});
