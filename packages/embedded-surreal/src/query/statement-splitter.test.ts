import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StatementSplitter } from './statement-splitter.ts';

function split(...pieces: string[]): string[] {
  const splitter = new StatementSplitter();
  return [...pieces.flatMap((piece) => splitter.push(piece)), splitter.end()].filter((text) => text !== '');
}

const tricky = [
  'RETURN 1;',
  " RETURN \"a;b\" + 'it\\'s; ' + `a;b`;",
  "\nCREATE note:⟨a;'b⟩;",
  " -- a comment; don't split\nRETURN 2;",
  ' /* ; " */ RETURN 3; ',
  ' // ;\' \n # ;" \n RETURN 4;',
  'DEFINE FUNCTION fn::a() { LET $x = 1; RETURN [$x; ]; };',
  " RETURN 'a' = /it's;/;",
  ' RETURN 4 / 2; RETURN 1'.slice(0, 14),
];

it('splits only where a statement ends', () => {
  expect(split(`${tricky.join('')} RETURN 1`)).toHaveLength(tricky.length + 1);
  expect(split('RETURN "unfinished; ')).toEqual(['RETURN "unfinished; ']);
});

it('returns the same statements for any division into pieces, and loses nothing', () => {
  const text = `${tricky.join('')} RETURN 1`;
  const whole = split(text);
  expect(whole.join('')).toBe(text);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
      expect(split(...pieces)).toEqual(whole);
    }),
  );
});
