interface Suggested {
  title_suggestion?: string | undefined;
  content_suggestion?: string | undefined;
}

/** What to write when a suggestion is accepted or dismissed. With the last one goes the name of who wrote them. */
export function settled(thread: Suggested, part: 'title' | 'text', accept: boolean) {
  const { title_suggestion: title, content_suggestion: content } = thread;
  const last = (part === 'title' ? content : title) === undefined;
  const writer = last ? { suggested_by: undefined } : {};
  return part === 'title'
    ? { ...(accept && title !== undefined ? { title } : {}), title_suggestion: undefined, ...writer }
    : { ...(accept && content !== undefined ? { content } : {}), content_suggestion: undefined, ...writer };
}
