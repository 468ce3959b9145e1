/** The two texts of a suggestion; one that was accepted or dismissed is not there any more. */
interface Parts {
  title?: string | undefined;
  content?: string | undefined;
}

export type Part = keyof Parts;

/** What settles one part: a change of the thread, and then of the suggestion, which goes with its last part. */
export interface Settlement {
  thread: { title?: string; content?: string } | undefined;
  suggestion: { [Key in Part]?: undefined } | 'delete';
}

/** What to write when a part of a suggestion is accepted or dismissed. */
export function settled(suggestion: Parts, part: Part, accept: boolean): Settlement {
  const text = suggestion[part];
  const other = part === 'title' ? suggestion.content : suggestion.title;
  return {
    thread: accept && text !== undefined ? { [part]: text } : undefined,
    suggestion: other === undefined ? 'delete' : { [part]: undefined },
  };
}
