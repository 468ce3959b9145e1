import { PassThrough } from 'node:stream';
import type { OutputEvent } from '@spookify/supervisor';
import { expect, it } from 'vitest';
import { createJsonReporter } from '../../output/json-reporter.ts';
import { createLineOutput } from '../../output/stdout.ts';
import { createOutputRelay } from './output-relay.ts';

function relay() {
  const stream = new PassThrough();
  const output = createLineOutput(stream);
  const see = createOutputRelay(createJsonReporter(output.write), output.isBehind);
  const line = (text: string): OutputEvent => ({
    ...{ processId: 'p', type: 'command', entry: 'sh', kind: 'web', stream: 'stdout', line: text },
  });
  const read = () =>
    String(stream.read() ?? '')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => JSON.parse(text));
  return { stream, output, read, close: see.close, write: (text: string) => see.see(line(text)) };
}

it('prints every line while the reader keeps up', () => {
  const { write, read, close } = relay();
  for (let n = 0; n < 1000; n += 1) write(`${n}`);
  close();
  expect(read().map(({ line }) => line)).toEqual(Array.from({ length: 1000 }, (_, n) => `${n}`));
});

it('drops lines while the reader is far behind, says how many, and prints other events', () => {
  const { stream, output, write, read, close } = relay();
  const megabyte = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 100; n += 1) write(megabyte);
  expect(stream.writableLength).toBeLessThan(20 * 1024 * 1024);
  output.write('{"event":"ready"}');
  const kept = [];
  for (let found = read(); found.length > 0; found = read()) kept.push(...found);
  const printed = kept.filter(({ event }) => event === 'log').length;
  expect(printed).toBeGreaterThan(10);
  expect(kept.at(-1)).toEqual({ event: 'ready' });

  write('again');
  const note = `dropped ${100 - printed} lines of output, because the reader of standard output is too slow`;
  expect(read()).toMatchObject([
    { event: 'note', message: note },
    { event: 'log', line: 'again' },
  ]);
  close();
  expect(read()).toEqual([]);
});
