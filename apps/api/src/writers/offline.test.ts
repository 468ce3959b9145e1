import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OWN_SENTENCES } from './offline/hauntings.ts';
import { writeOffline } from './offline.ts';
import { LONGEST_CONTENT, LONGEST_TITLE } from './writer.ts';

const TRIP = {
  title: 'Three days in Lisbon',
  content: `We arrived in Lisbon on a warm evening in May. The hotel was old but clean, and the window looked over the river.

The next morning we walked up to the castle. A man at the gate told us that the view was best before noon. He was right! Ada and Grace stayed for an hour and took a hundred photos.

On the last day it rained. We found a small café, drank coffee and read our books until the sun came back. Would we go again? In a heartbeat.`,
};

const ENGLISH_WORDS =
  'the a my our house dog meeting team bug old new was is very said found walked we I they and of in to it quiet cold today tomorrow Ada printer road'.split(
    ' ',
  );
const english = fc
  .array(
    fc.tuple(
      fc.constantFrom(...ENGLISH_WORDS),
      fc.constantFrom(' ', ' ', ' ', ', ', '. ', '? ', '! ', '.\n\n', '\n- '),
    ),
    {
      maxLength: 200,
    },
  )
  .map((pairs) => pairs.flat().join(''));
const anything = fc.oneof(
  english,
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
);

/** `a` and `an` count as one word, because the next word decides which of them is used. */
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => (word === 'an' ? 'a' : word));

/** The share of a text's words that another text also contains, each as often. */
function keptShare(source: string, result: string): number {
  const counts = new Map<string, number>();
  for (const word of wordsOf(result)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = wordsOf(source);
  const kept = words.filter((word) => {
    const count = counts.get(word) ?? 0;
    counts.set(word, count - 1);
    return count > 0;
  });
  return words.length === 0 ? 1 : kept.length / words.length;
}

const lengthOf = (text: string): number => [...text].length;

describe('the offline writer', () => {
  it('adds a story to the text and keeps the text', () => {
    const { title, content, writer } = writeOffline(TRIP);
    expect(writer).toBe('offline');
    expect(title).toContain('Lisbon');
    expect(title).not.toBe(TRIP.title);
    expect(content).not.toBe(TRIP.content);
    expect(OWN_SENTENCES.filter((sentence) => content.includes(sentence)).length).toBeGreaterThanOrEqual(3);
    for (const name of ['Lisbon', 'May', 'Ada and Grace']) expect(content).toContain(name);
    expect(keptShare(TRIP.content, content)).toBeGreaterThan(0.9);
  });

  it('keeps the order of the sentences', () => {
    const { content } = writeOffline(TRIP);
    const places = ['arrived', 'castle', 'right!', 'photos', 'rained', 'heartbeat'].map((word) =>
      content.indexOf(word),
    );
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('writes the same story for the same text, and another one for another text', () => {
    expect(writeOffline(TRIP)).toEqual(writeOffline({ ...TRIP }));
    const stories = Array.from({ length: 40 }, (_, day) =>
      writeOffline({ title: 'A day', content: `Day ${day} was quiet.` }),
    );
    expect(new Set(stories.map(({ title }) => title)).size).toBeGreaterThan(8);
  });

  it('continues its own story when the text is already haunted, and stops growing', () => {
    let current = writeOffline(TRIP);
    for (let press = 0; press < 12; press++) {
      const next = writeOffline(current);
      expect(next.title).toBe(current.title);
      const openings = OWN_SENTENCES.filter((sentence) => next.content.includes(sentence));
      for (const sentence of openings) expect(next.content.split(sentence)).toHaveLength(2);
      current = next;
    }
    expect(current.content.startsWith(writeOffline(TRIP).content.slice(0, 30))).toBe(true);
    expect(lengthOf(current.content)).toBeLessThan(3 * TRIP.content.length);
  });

  it('puts the right article before an inserted word', () => {
    const content =
      'I have a house. She is an aunt. There was a plan and an idea for the week. We had a dog and a meeting in an hour.';
    for (let n = 0; n < 60; n++) {
      const story = writeOffline({ title: `Number ${n}`, content }).content;
      expect(story).not.toMatch(/\ban [bcdfghjklmnpqrstvwxyz]\w+ (house|aunt|plan|idea|week|dog|meeting)/i);
      expect(story).not.toMatch(/\ba [aeio]\w+/i);
    }
  });

  it('does not change addresses, code, mentions and file names', () => {
    const kept = [
      'https://example.com/the/house?dog=1#a',
      'www.example.org',
      'ada@example.com',
      '`the house = dog()`',
      '[the house](https://example.com/house)',
      '<b>',
      '@grace',
      '#meeting',
      'src/the-house.ts',
      'version 3.0.2',
      'myHouse()',
    ];
    const fence = '```ts\nconst the = house; // the house is quiet. The dog is cold. I found the car.\n```';
    const content = `We saw the house. ${kept.map((one) => `I found the house and ${one}, then the dog. It was cold.`).join(' ')}\n${fence}\n    the house (indented)`;
    const story = writeOffline({ title: 'Look at https://example.com/house', content });
    for (const one of [...kept, fence, '    the house (indented)']) expect(story.content).toContain(one);
    expect(story.title).toContain('https://example.com/house');
  });

  it('does not change names, quotations and list markers', () => {
    const content =
      'They met in the White House. "The house is quiet. The dog is cold," he added.\n\n- the house\n- the dog\n\n> the end of the road';
    const story = writeOffline({ title: 'Notes', content }).content;
    expect(story).toContain('the White House');
    expect(story).toMatch(/"The [^"]*house is [^"]*quiet\. The [^"]*dog/);
    for (const line of [/^- the .*house$/m, /^- the .*dog$/m, /^> the end of the .*road$/m])
      expect(story).toMatch(line);
  });

  it.each([
    ['Japanese', '今日は天気がいいです。散歩に行きました。'],
    ['Arabic', 'كان البيت هادئًا في تلك الليلة.'],
    ['German', 'Heute war das alte Haus sehr still, und niemand hat geklingelt.'],
    ['emoji', '🎃👨‍👩‍👧‍👦🎃'],
  ])('puts signs around %s instead of English words', (_language, content) => {
    const story = writeOffline({ title: content.slice(0, 10), content }).content;
    expect(story).toContain(content);
    expect(story).not.toBe(content);
    expect(keptShare(story, content)).toBe(1);
  });

  it.each(['', ' ', '\n\n', 'hi', '.', '```', '- ', '\u0000', '\ud800'])('writes something for %j', (text) => {
    const story = writeOffline({ title: text, content: text });
    expect(story.title.length).toBeGreaterThan(0);
    expect(story.content.length).toBeGreaterThan(0);
  });

  it('fits the fields of a thread and does not throw, for any text', () => {
    fc.assert(
      fc.property(anything, anything, (title, content) => {
        const story = writeOffline({ title, content });
        expect(lengthOf(story.title)).toBeLessThanOrEqual(LONGEST_TITLE);
        expect(lengthOf(story.content)).toBeLessThanOrEqual(LONGEST_CONTENT);
        expect(story.title.isWellFormed() && story.content.isWellFormed()).toBe(true);
        expect(story.title.trim()).not.toBe('');
        expect(story.content.trim()).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the words of a short text whose article changes', () => {
    const content = 'found. a bug, ';
    expect(keptShare(content, writeOffline({ title: 'Words', content }).content)).toBe(1);
  });

  it('keeps most of the words of every text', () => {
    fc.assert(
      fc.property(english, (content) => {
        expect(keptShare(content, writeOffline({ title: 'Words', content }).content)).toBeGreaterThanOrEqual(0.8);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every address in every text', () => {
    fc.assert(
      fc.property(
        english,
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
        english,
        (before, url, after) => {
          expect(writeOffline({ title: 'Link', content: `${before} ${url} ${after}` }).content).toContain(url);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps a text that already fills its field, and is quick', () => {
    const sentence = 'We walked to the old house and the dog was quiet. ';
    for (const content of [
      sentence.repeat(199),
      sentence.repeat(200).trim(),
      'x'.repeat(LONGEST_CONTENT),
      '`'.repeat(9_999),
      '.'.repeat(9_999),
      `${'.'.repeat(9_000)}a`,
      '['.repeat(9_000),
      '[a]('.repeat(2_000),
      '<a'.repeat(4_000),
    ]) {
      const begun = process.cpuUsage();
      const story = writeOffline({ title: 'T'.repeat(LONGEST_TITLE), content });
      const { user, system } = process.cpuUsage(begun);
      expect(user + system).toBeLessThan(1_000_000);
      expect(lengthOf(story.content)).toBeLessThanOrEqual(LONGEST_CONTENT);
      expect(keptShare(content, story.content)).toBeGreaterThan(0.9);
    }
    const tooLong = writeOffline({ title: 'Long', content: sentence.repeat(1_000) });
    expect(lengthOf(tooLong.content)).toBeLessThanOrEqual(LONGEST_CONTENT);
    expect(tooLong.content).toMatch(/\.$/);
  });
});
