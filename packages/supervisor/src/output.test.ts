import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { OutputEvent } from './process/process-info.ts';
import { supervise, WAIT } from './testing/supervise.ts';

const COUNT = 2000;
const print = (from: number, to: number) => `for (let n = ${from}; n < ${to}; n++) console.log('line ' + n);`;
const PRINT = print(0, COUNT);
const IMPORTS =
  "import { spawn, spawnSync } from 'node:child_process'; import { writeSync } from 'node:fs'; import { Worker } from 'node:worker_threads';";
const after = (rest: string) => `${IMPORTS} export default (p) => { p.ready(); setTimeout(() => { ${rest} }); };`;

/** Joins pieces to lines, as a reader of whole lines does. */
function linesOf(output: readonly OutputEvent[], stream: OutputEvent['stream']): string[] {
  const lines: string[] = [];
  let wasPartial = false;
  for (const { line, continues, partial } of output.filter((event) => event.stream === stream)) {
    const start = wasPartial ? lines.pop() : '';
    lines.push(continues ? start + line : line);
    wasPartial = partial === true;
  }
  return lines;
}

/** Runs an entry to its end, and checks that no output follows. */
async function run(source: string, options: { heartbeatTimeoutMs?: number; stopWhenReady?: boolean } = {}) {
  const { supervisor, events, output, ended } = supervise({ 'a.js': source });
  let atTheEnd = -1;
  supervisor.onLifecycle(({ exit, state, processId }) => {
    if (exit !== undefined) atTheEnd = output.length;
    if (state === 'running' && options.stopWhenReady) void supervisor.stop(processId);
  });
  const { heartbeatTimeoutMs = 0 } = options;
  await supervisor.spawn({ entry: 'dist/a.js', heartbeatTimeoutMs }).catch(() => {});
  const end = await ended(events[0]?.processId ?? '');
  expect(atTheEnd).toBe(output.length);
  return { output, end };
}

describe('delivers everything that an entry wrote before', () => {
  const child = `spawnSync(process.execPath, ['-e', ${JSON.stringify(print(0, COUNT / 2))}], { stdio: 'inherit' });`;
  const worker = `new Worker(${JSON.stringify(PRINT)}, { eval: true })`;
  const holder = "spawn('sleep', ['1000'], { detached: true, stdio: 'inherit' })";
  test.each([
    ['it completed', after(`${PRINT} p.complete();`), 'completed'],
    ['it failed', after(`${PRINT} p.fail('no');`), 'failed'],
    ['it called process.exit', after(`${PRINT} process.exit(0);`), 'failed'],
    ['it threw', after(`${PRINT} throw new Error('no');`), 'failed'],
    ['it was killed', after(`${PRINT} process.kill(process.pid, 'SIGKILL');`), 'failed'],
    ['it aborted', after(`${PRINT} process.abort();`), 'failed'],
    ['it was ready', `${PRINT} export default (p) => p.complete();`, 'completed'],
    ['it failed to load', `${PRINT} throw new Error('no');`, 'failed'],
    [
      'the last callback of its writes',
      after(
        `let n = 0; const next = () => (n === ${COUNT} ? process.exit() : process.stdout.write('line ' + n++ + '\\n', next)); next();`,
      ),
      'failed',
    ],
    [
      'its writes to the descriptor ended',
      after(`for (let n = 0; n < ${COUNT}; n++) writeSync(1, 'line ' + n + '\\n'); process.exit(0);`),
      'failed',
    ],
    ['its worker ended', after(`${worker}.on('exit', () => p.complete());`), 'completed'],
    [
      'and after a child that has the same output',
      after(`${child} ${print(COUNT / 2, COUNT)} p.complete();`),
      'completed',
    ],
    [
      'it ended and left the pipe to a process outside its group',
      after(`const { pid } = ${holder}; console.error(pid); ${PRINT} p.complete();`),
      'completed',
    ],
  ])('%s', async (_name, source, state) => {
    const { output, end } = await run(source);
    expect(end.state).toBe(state);
    const lines = linesOf(output, 'stdout');
    expect(lines).toHaveLength(COUNT);
    expect(lines.every((line, n) => line === `line ${n}`)).toBe(true);
    const [holder] = linesOf(output, 'stderr').filter((line) => /^\d+$/.test(line));
    if (holder !== undefined) process.kill(Number(holder), 'SIGKILL');
  });

  test('it was stopped, on both streams', async () => {
    const source = `export default (p) => {
      p.onStop(() => { ${PRINT} ${PRINT.replace('log', 'error')} p.complete(); });
      p.ready();
    };`;
    const { output, end } = await run(source, { stopWhenReady: true });
    expect(end.state).toBe('stopped');
    for (const stream of ['stdout', 'stderr'] as const) expect(linesOf(output, stream)).toHaveLength(COUNT);
    expect(end.exit?.stderr).toHaveLength(50);
    expect(end.exit?.stderr.at(-1)).toBe(`line ${COUNT - 1}`);
  });

  test('it was killed because it was stuck', async () => {
    // It prints in small steps: a machine under load may need longer than the timeout for all lines.
    const step = `for (let n = 0; n < ${COUNT}; n++) { console.log('line ' + n); if (n % 20 === 0) await new Promise(setImmediate); }`;
    const source = `export default async (p) => { p.ready(); ${step} for (;;); };`;
    const { output, end } = await run(source, { heartbeatTimeoutMs: 500 });
    expect(end.state).toBe('timed_out');
    expect(linesOf(output, 'stdout')).toHaveLength(COUNT);
  });

  test('it completed, with lines of several megabytes', async () => {
    const { output } = await run(
      after(
        `process.stdout.write('x'.repeat(10_000_000)); console.log(); console.log('👻'.repeat(1_000_000)); p.complete();`,
      ),
    );
    const [first, second] = linesOf(output, 'stdout');
    expect(first === 'x'.repeat(10_000_000)).toBe(true);
    expect(second === '👻'.repeat(1_000_000)).toBe(true);
    expect(output.every(({ line }) => line.length <= 16_384 && line.isWellFormed())).toBe(true);
  });

  test('it completed, with bytes that are not text', async () => {
    const { output } = await run(
      after(
        `for (const byte of [0xf0, 0x9f, 0x91, 0xbb, 0xff, 0, 0x0a, 0xe2]) writeSync(1, Buffer.from([byte])); p.complete();`,
      ),
    );
    expect(linesOf(output, 'stdout')).toEqual(['👻\ufffd\0', '\ufffd']);
  });
});

test('shows a prompt while it waits for its newline, and then the rest of the line', async () => {
  const { supervisor, output, ended } = supervise({
    'a.js': `export default (p) => {
      process.stdout.write('Continue? ');
      p.onMessage(() => { console.log('yes'); p.complete(); });
      p.ready();
    };`,
  });
  const handle = await supervisor.spawn({ entry: 'dist/a.js' });
  await vi.waitFor(() => expect(output).toMatchObject([{ line: 'Continue? ', partial: true }]), WAIT);
  handle.send('go on');
  await ended(handle.processId);
  expect(output).toHaveLength(2);
  expect(output[1]).toMatchObject({ line: 'yes', continues: true });
  expect(output[1]).not.toHaveProperty('partial');
});

test('shows a prompt of a command, and finds its readiness in a line that came in two parts', async () => {
  const { supervisor, output, root } = supervise();
  const script = `process.stdout.write('listening ');
    const timer = setInterval(() => {
      if (!require('node:fs').existsSync('go')) return;
      clearInterval(timer);
      console.log('on port 1');
    }, 20);`;
  const ready = { type: 'log', pattern: /listening on port/ } as const;
  supervisor.onOutput(({ partial }) => partial && writeFileSync(join(root, 'go'), ''));
  await supervisor.spawnCommand({ kind: 'web', command: process.execPath, args: ['-e', script], ready });
  expect(output).toMatchObject([
    { line: 'listening ', partial: true },
    { line: 'on port 1', continues: true },
  ]);
});
