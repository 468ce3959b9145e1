/**
 * A piece of a line. A `kept` piece must not change (addresses, code, file names, mentions). The joined pieces are the
 * line.
 */
export interface Token {
  kind: 'word' | 'space' | 'mark' | 'kept';
  text: string;
}

// Code, links and tags can contain spaces, so they are found before the line is split at its spaces.
const SPANS = /(`+[^`\n]+`+|!?\[[^\]\n]*\]\([^)\s]*\)|<\/?[A-Za-z][^<>\n]*>)/;
const PIECES = /([\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*)|([^\p{L}\p{N}]+)/gu;
const EDGE = /^([("'“‘«[]*)(.*?)([.,;:!?)"'”’»\]…]*)$/su;

/** Splits one line (without a line break) into pieces, in time linear to its length. */
export function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  for (const [index, span] of line.split(SPANS).entries()) {
    if (index % 2 === 1) tokens.push({ kind: 'kept', text: span });
    else tokens.push(...tokenizeWords(span));
  }
  return tokens;
}

function tokenizeWords(text: string): Token[] {
  const tokens: Token[] = [];
  for (const chunk of text.split(/(\s+)/)) {
    if (chunk === '') continue;
    if (/^\s/.test(chunk)) tokens.push({ kind: 'space', text: chunk });
    else tokens.push(...tokenizeChunk(chunk));
  }
  return tokens;
}

function tokenizeChunk(chunk: string): Token[] {
  const [, before = '', core = '', after = ''] = EDGE.exec(chunk) ?? [];
  if (core !== '' && isKept(core)) {
    const edges: Token[] = [
      { kind: 'mark', text: before },
      { kind: 'kept', text: core },
      { kind: 'mark', text: after },
    ];
    return edges.filter(({ text }) => text !== '');
  }
  return [...chunk.matchAll(PIECES)].map(([text, word]) => ({ kind: word === undefined ? 'mark' : 'word', text }));
}

/** Whether it is an address, path, file name, version, mention or identifier, in which no letter must change. */
function isKept(core: string): boolean {
  return (
    /:\/\/|@|[\\=<>{}|~^_#]/u.test(core) || // addresses, mentions, tags, code
    /[\p{L}\p{N}][./][\p{L}\p{N}]/u.test(core) || // example.com, main.ts, 3.5, and/or
    /^[./-]/.test(core) || // ./file, /etc, --flag
    /\p{Ll}\p{Lu}|\(\)/u.test(core) // camelCase, call()
  );
}

/** Returns the neighbouring word if only one space is between. */
export function neighbour(tokens: readonly Token[], index: number, direction: -1 | 1): Token | undefined {
  const between = tokens[index + direction];
  const token = tokens[index + 2 * direction];
  return between?.kind === 'space' && token?.kind === 'word' ? token : undefined;
}
