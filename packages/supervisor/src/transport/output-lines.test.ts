import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputLines, type OutputPiece } from './output-lines.ts';

/** A step of a test: text that arrives, or a pause that shows what waits. */
const PAUSE = Symbol('pause');
type Step = string | typeof PAUSE;

function piecesOf(...steps: Step[]): OutputPiece[] {
  const taken: OutputPiece[] = [];
  const lines = new OutputLines((piece) => taken.push(piece));
  for (const step of steps) {
    if (step === PAUSE) lines.showPartial();
    else lines.push(step);
  }
  lines.finish();
  return taken;
}

/** Short marks: `+` continues, `…` partial. */
function marked(...steps: Step[]): string[] {
  return piecesOf(...steps).map(
    ({ text, partial, continues }) => `${continues ? '+' : ''}${text}${partial ? '…' : ''}`,
  );
}

/** Joins pieces to lines, as a reader of whole lines does. */
function joined(...steps: Step[]): string[] {
  const lines: string[] = [];
  let wasPartial = false;
  for (const { text, partial, continues } of piecesOf(...steps)) {
    const start = wasPartial ? lines.pop() : '';
    lines.push(continues ? start + text : text);
    wasPartial = partial;
  }
  return lines;
}

const texts = (...steps: Step[]) => piecesOf(...steps).map(({ text }) => text);

test('waits for the rest of a line and keeps empty lines', () => {
  expect(texts('a', 'b\n\nc\n', 'd')).toEqual(['ab', '', 'c', 'd']);
});

test('treats \\r\\n as a newline, even if it is split between chunks', () => {
  expect(texts('a\r\nb\r', '\nc\r\n')).toEqual(['a', 'b', 'c']);
});

test('keeps the last state of a progress bar', () => {
  expect(texts('10%\r50', '%\r100%\ndone\n')).toEqual(['100%', 'done']);
});

describe('shows text that waits for its newline', () => {
  test.each<[string, Step[], string[]]>([
    ['and then the rest', ['Password: ', PAUSE, 'x\n'], ['Password: …', '+x']],
    ['and then the end of the line', ['done', PAUSE, '\n', 'b\n'], ['done…', '+', 'b']],
    ['once, if nothing follows', ['ask', PAUSE, PAUSE], ['ask…', '+']],
    ['and what is added to it', ['.', PAUSE, '..', PAUSE, '.\n'], ['.…', '+..…', '+.']],
    ['but nothing for an empty line', ['a\n', PAUSE, '\n'], ['a', '']],
    ['and a new version after a carriage return', ['10%', PAUSE, '\r50%', PAUSE, '\r99%\n'], ['10%…', '50%…', '99%']],
    ['without the carriage return at its end', ['10%\r', PAUSE, '50%\r', PAUSE, '\n'], ['10%…', '50%…', '+']],
    ['with \\r\\n after it', ['a', PAUSE, '\r', PAUSE, '\n'], ['a…', '+']],
    ['after a version that was overwritten before', ['10%\r20', PAUSE, '%\n'], ['20…', '+%']],
  ])('%s', (_name, steps, expected) => {
    expect(marked(...steps)).toEqual(expected);
  });

  test('and says what waits', () => {
    const lines = new OutputLines(() => {});
    const seen = ['a\n', 'b', PAUSE, 'c', PAUSE, '\rd', '\n', 'e'].map((step) => {
      if (step === PAUSE) lines.showPartial();
      else lines.push(step as string);
      return lines.waiting;
    });
    expect(seen).toEqual(['nothing', 'text', 'nothing', 'text', 'nothing', 'redrawn text', 'nothing', 'text']);
  });
});

test('yields the same lines however the text is split into chunks and whenever it is shown', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r', 'ü'), maxLength: 60 });
  const cuts = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.boolean()));
  fc.assert(
    fc.property(text, cuts, (whole, given) => {
      const at = given.filter(([cut]) => cut < whole.length).sort(([a], [b]) => a - b);
      const steps = at.flatMap(([cut, pauses], index): Step[] => {
        const chunk = whole.slice(at[index - 1]?.[0] ?? 0, cut);
        return pauses ? [chunk, PAUSE] : [chunk];
      });
      const rest = whole.slice(at.at(-1)?.[0] ?? 0);
      expect(joined(...steps, rest)).toEqual(joined(whole));
    }),
  );
});

describe('splits a long line without loss', () => {
  const long = 'x'.repeat(100_000);
  test.each<[string, Step[]]>([
    ['in one chunk', [`${long}\n`]],
    ['without a newline', [long]],
    ['in two chunks', [long.slice(0, 20_000), long.slice(20_000)]],
    ['with pauses', [long.slice(0, 20_000), PAUSE, long.slice(20_000, 20_010), PAUSE, `${long.slice(20_010)}\n`]],
    ['in many small chunks with pauses', Array.from({ length: 2000 }, () => ['x'.repeat(50), PAUSE]).flat() as Step[]],
  ])('%s', (_name, steps) => {
    const pieces = piecesOf(...steps);
    expect(joined(...steps)).toEqual([long]);
    for (const { text, whole } of pieces) {
      expect(text.length).toBeLessThanOrEqual(16_384);
      expect(whole === long.slice(0, whole.length)).toBe(true);
    }
    expect(pieces.at(-1)?.whole).toHaveLength(16_384);
  });
});

test('does not grow with an endless progress bar', () => {
  expect(texts(...Array.from({ length: 10_000 }, (_, at) => `\rstep ${at}`))).toEqual(['step 9999']);
  expect(texts(...Array.from({ length: 10_000 }, (_, at) => `step ${at}\r`))).toEqual(['step 9999']);
});

describe('cuts a long line only between visible characters, at every offset:', () => {
  test.each([
    ['a surrogate pair', '👻'],
    ['a family of joined emoji', '👨‍👩‍👧‍👦'],
    ['a skin tone', '👍🏽'],
    ['a flag', '🇩🇪'],
    ['combining marks', 'e\u0301\u0323'],
    ['a Hangul syllable of parts', '\u1100\u1161\u11a8'],
    ['a colour', '\x1b[38;5;208m'],
    ['a title', '\x1b]0;some title\x07'],
  ])('%s', (_name, unit) => {
    for (let offset = 0; offset < unit.length; offset += 1) {
      const line = 'x'.repeat(offset) + unit.repeat(20_000 / unit.length);
      const [first = '', second = ''] = texts(`${line}\n`);
      expect(first.length).toBeLessThanOrEqual(16_384);
      expect((first.length - offset) % unit.length).toBe(0);
      expect(first + second).toBe(line);
    }
  });

  test('and does not wait for the end of an endless character', () => {
    const line = `a${'\u0301'.repeat(40_000)}`;
    expect(texts(line).join('')).toBe(line);
    expect(texts(line)[0]).toHaveLength(16_384);
  });
});
