/** Every page of docs/decisions has the same form, and the list there has them all. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('decisions/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

interface Decision {
  readonly file: string;
  readonly number: string;
  readonly title: string;
  readonly status: string;
  readonly text: string;
}

const decisions: readonly Decision[] = readdirSync(folder)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .toSorted()
  .map((file) => {
    const text = read(file);
    const [, number = '', title = ''] = /^# (\d{4}) (.+)\n/.exec(text) ?? [];
    const [, status = ''] = /^Status: ([\s\S]+?)\n\n/m.exec(text) ?? [];
    return { file, number, title, status: status.replaceAll('\n', ' '), text };
  });

const LINK = String.raw`\[\d{4}\]\([\w-]+\.md\)`;
const LINKS = `${LINK}(?:, ${LINK})*(?: and ${LINK})?`;
const STATUS = new RegExp(`^(?:accepted|(?:accepted, amended|superseded) by ${LINKS})$`);

describe('decisions', () => {
  it('are numbered without gaps, in the title as in the file name', () => {
    expect(decisions.length).toBeGreaterThan(0);
    const numbers = decisions.map((_, index) => String(index + 1).padStart(4, '0'));
    expect(decisions.map(({ number }) => number)).toEqual(numbers);
    expect(decisions.map(({ file }) => file.slice(0, 5))).toEqual(numbers.map((number) => `${number}-`));
  });

  it.each(decisions)('$number has a status and links to the decisions that replace it', ({ number, status }) => {
    expect(status).toMatch(STATUS);
    for (const [, linked = '', file = ''] of status.matchAll(/\[(\d{4})\]\(([\w-]+\.md)\)/g)) {
      expect(decisions.find((decision) => decision.file === file)?.number).toBe(linked);
      expect(Number(linked)).toBeGreaterThan(Number(number));
    }
  });

  it.each(decisions)('$number has a date and the sections of every decision', ({ text }) => {
    expect(text).toMatch(/^Date: \d{4}-\d{2}-\d{2}$/m);
    expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
      'Context',
      'Decision',
      'Alternatives',
      'Consequences',
    ]);
  });

  it('are all in the list, with title and status', () => {
    const rows = [...read('README.md').matchAll(/^\| \[\d.*$/gm)].map(([row]) => row);
    expect(rows).toEqual(
      decisions.map(({ number, file, title, status }) => `| [${number}](${file}) | ${title} | ${status} |`),
    );
  });
});
