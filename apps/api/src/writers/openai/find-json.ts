/** A longer text is not searched from its beginning, and a text with more braces not to its end. Both bound the time. */
const LONGEST = 300_000;
const MOST_STARTS = 50;

/**
 * Finds the JSON objects in a model's text: alone, in a code fence, between sentences or after reasoning. Line breaks inside
 * strings, which small models write unescaped, are accepted.
 *
 * @returns the objects, the last one of the text first, because that is usually the answer
 */
export function findObjects(text: string): object[] {
  const spoken = text.slice(-LONGEST).replace(/^[\s\S]*<\/(?:think|thinking|reasoning)>/i, '');
  const found: object[] = [];
  let from = spoken.indexOf('{');
  for (let starts = 0; from !== -1 && starts < MOST_STARTS; starts++) {
    const { value, end } = readObject(spoken, from);
    if (value !== undefined) found.unshift(value);
    from = spoken.indexOf('{', value === undefined ? from + 1 : end);
  }
  return found;
}

/** Reads the object that starts at `from`. Control characters inside strings, which JSON does not allow, are escaped. */
function readObject(text: string, from: number): { value: object | undefined; end: number } {
  let [json, depth, copied, inString] = ['', 0, from, false];
  for (let index = from; index < text.length; index++) {
    const character = text[index] ?? '';
    if (inString && character === '\\') index++;
    else if (character === '"') inString = !inString;
    else if (inString && character < ' ') {
      json += text.slice(copied, index) + JSON.stringify(character).slice(1, -1);
      copied = index + 1;
    } else if (!inString && character === '{') depth++;
    else if (!inString && character === '}' && --depth === 0) {
      return { value: parse(json + text.slice(copied, index + 1)), end: index + 1 };
    }
  }
  return { value: undefined, end: text.length };
}

function parse(json: string): object | undefined {
  try {
    return JSON.parse(json) as object;
  } catch {
    return undefined;
  }
}
