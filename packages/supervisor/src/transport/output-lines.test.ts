import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputLines } from './output-lines.ts';

function lines(...chunks: string[]): string[] {
  const taken: string[] = [];
  const splitter = new OutputLines((line) => taken.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return taken;
}

test('waits for the rest of a line and keeps empty lines', () => {
  expect(lines('a', 'b\n\nc\n', 'd')).toEqual(['ab', '', 'c', 'd']);
});

test('treats \\r\\n as a newline, even if it is split between chunks', () => {
  expect(lines('a\r\nb\r', '\nc\r\n')).toEqual(['a', 'b', 'c']);
});

test('keeps the last state of a progress bar', () => {
  expect(lines('10%\r50', '%\r100%\ndone\n')).toEqual(['100%', 'done']);
});

test('does not depend on how the text is split into chunks', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', 'ü'), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 60 })), (whole, cuts) => {
      const at = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
      const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end));
      expect(lines(...chunks)).toEqual(lines(whole));
    }),
  );
});

test('splits a long line without loss, and does not grow with an endless progress bar', () => {
  const long = 'x'.repeat(100_000);
  for (const pieces of [lines(long), lines(`${long}\n`), lines(long.slice(0, 20_000), long.slice(20_000))]) {
    expect(pieces.join('')).toBe(long);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(16_384);
  }
  expect(lines(...Array.from({ length: 10_000 }, (_, at) => `\rstep ${at}`))).toEqual(['step 9999']);
  expect(lines(...Array.from({ length: 10_000 }, (_, at) => `step ${at}\r`))).toEqual(['step 9999']);
});
