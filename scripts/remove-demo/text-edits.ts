/** A small edit of a text. Returns undefined if the text is not as expected; then nothing is changed. */
export type TextEdit = (text: string) => string | undefined;

/** Replaces a text that must occur exactly once. */
export function replace(from: string, to: string): TextEdit {
  return (text) => {
    const [before, after, more] = text.split(from);
    return before === undefined || after === undefined || more !== undefined ? undefined : before + to + after;
  };
}

/** Removes a text that must occur exactly once. */
export const remove = (part: string): TextEdit => replace(part, '');

/** Removes everything from one text up to another, which stays. */
export function cut(from: string, upTo: string): TextEdit {
  return (text) => {
    const start = text.indexOf(from);
    const end = start < 0 ? -1 : text.indexOf(upTo, start);
    return end < 0 ? undefined : text.slice(0, start) + text.slice(end);
  };
}

/** Removes sections of a SurrealQL file: from a line `-- Threads ----…` to the next such line, or to the end. */
export function removeSections(...titles: readonly string[]): TextEdit {
  return (text) => {
    const sections = text.split(/^(?=-- .* -{10,}$)/m);
    const titleOf = (section: string): string | undefined =>
      /^-- (.*) -{10,}$/m.exec(section.split('\n')[0] ?? '')?.[1];
    const kept = sections.filter((section) => !titles.includes(titleOf(section) ?? ''));
    return kept.length === sections.length - titles.length ? kept.join('') : undefined;
  };
}

/** Replaces the text between two lines that stay. */
export function between(begin: string, end: string, content: string): TextEdit {
  return (text) => {
    const start = text.indexOf(`${begin}\n`);
    const stop = start < 0 ? -1 : text.indexOf(end, start);
    return stop < 0 ? undefined : `${text.slice(0, start)}${begin}\n${content}${text.slice(stop)}`;
  };
}

/** Applies several edits to one text, one after the other. */
export function all(...edits: readonly TextEdit[]): TextEdit {
  return (text) => edits.reduce<string | undefined>((done, edit) => (done === undefined ? done : edit(done)), text);
}
