/** An entry of CHANGELOG.md: a bullet with its indented lines, and the headings above it. */
interface Entry {
  readonly headings: readonly string[];
  readonly text: string;
}

/** Returns as Markdown what the new CHANGELOG.md has and the old one has not: the new entries below their headings. */
export function newEntries(old: string, next: string): string {
  const known = new Set(entriesOf(old).map(({ text }) => wordsOf(text)));
  const lines: string[] = [];
  let shown: readonly string[] = [];
  for (const { headings, text } of entriesOf(next).filter((entry) => !known.has(wordsOf(entry.text)))) {
    const fresh = headings.filter(
      (heading, index) => heading !== shown[index] || headings[index - 1] !== shown[index - 1],
    );
    if (fresh.length > 0) lines.push('', ...fresh.flatMap((heading) => [heading, '']));
    shown = headings;
    lines.push(text);
  }
  return lines.join('\n').trim();
}

function entriesOf(page: string): Entry[] {
  const entries: { headings: string[]; text: string }[] = [];
  let headings: string[] = [];
  let isOpen = false;
  for (const line of page.split('\n')) {
    const [, marks] = /^(#{2,}) /.exec(line) ?? [];
    if (marks !== undefined) headings = [...headings.slice(0, marks.length - 2), line];
    const last = entries.at(-1);
    if (/^[-*] /.test(line)) entries.push({ headings, text: line });
    else if (isOpen && /^\s+\S/.test(line) && last !== undefined) last.text += `\n${line}`;
    isOpen = /^[-*] /.test(line) || (isOpen && /^\s+\S/.test(line));
  }
  return entries;
}

/** Ignores line breaks, so that an entry with another wrapping is the same. */
function wordsOf(text: string): string {
  return text.split(/\s+/).join(' ');
}
