import { expect, test } from 'vitest';
import { supervise } from '../testing/supervise.ts';
import { OutOfMemory } from './out-of-memory.ts';

const piece = (text: string) => ({ text, whole: text, partial: false, continues: false });
const exit = (signal: NodeJS.Signals | null, exitCode: number | null) => ({ signal, exitCode });
const HEAP = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';

test.each([
  ['a full heap', HEAP, exit('SIGABRT', null), true],
  ['a full heap, as a shell reports it', HEAP, exit(null, 134), true],
  ['a zone', 'FATAL ERROR: Zone Allocation failed - process out of memory', exit('SIGTRAP', null), true],
  [
    'a table',
    'FATAL ERROR: invalid table size Allocation failed - JavaScript heap out of memory',
    exit('SIGABRT', null),
    true,
  ],
  ['the C++ heap', '# Fatal process out of memory: Oilpan: Normal allocation.', exit('SIGILL', null), true],
  ['another fatal error', 'FATAL ERROR: v8::ToLocalChecked Empty MaybeLocal', exit('SIGABRT', null), false],
  ['such a line of a process that ends by itself', HEAP, exit(null, 1), false],
  ['such a line of a process that is killed', HEAP, exit('SIGKILL', null), false],
  ['such a text inside of a line', `log: ${HEAP}`, exit('SIGABRT', null), false],
])('recognizes that memory is out: %s', (_name, line, status, expected) => {
  const memory = new OutOfMemory('raise the limit');
  memory.see('stderr', piece(line));
  const { failure } = memory.explain(status);
  expect(failure?.code).toBe(expected ? 'SPOOKY_SUPERVISOR_HEAP_LIMIT' : undefined);
});

test('says so about a command too', async () => {
  const { supervisor, ended } = supervise();
  const args = [
    '--max-old-space-size=16',
    '-e',
    'const all = []; for (;;) all.push(new Array(1000).fill(all.length));',
  ];
  const { processId } = await supervisor.spawnCommand({ kind: 'web', command: process.execPath, args });
  expect((await ended(processId)).error).toBe(
    'ran out of its JavaScript heap; raise --max-old-space-size in its arguments or its NODE_OPTIONS, or keep less in memory',
  );
});
