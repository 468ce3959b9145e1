/** The kind of a field, as in `INFO FOR TABLE … STRUCTURE`: `none | record<thread>`, `array<object>`, `'a' | 'b'`. */
export type Kind =
  /** `string`, `any`, `record<thread>`, `array<int, 3>`: a word and its arguments. */
  | { readonly type: 'word'; readonly word: string; readonly args: readonly Kind[] }
  | { readonly type: 'union'; readonly options: readonly Kind[] }
  | { readonly type: 'literal'; readonly value: string | number | boolean }
  | { readonly type: 'tuple'; readonly items: readonly Kind[] }
  | { readonly type: 'shape'; readonly properties: readonly (readonly [name: string, kind: Kind])[] };

/** The kind without any restriction. */
export const ANY: Kind = { type: 'word', word: 'any', args: [] };

const TOKEN =
  /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`((?:[^`\\]|\\.)*)`|⟨((?:[^⟩\\]|\\.)*)⟩|(-?\d[\w.]*)|([A-Za-z_]\w*(?:::\w+)*)|(.))/gsy;

type Token =
  | { readonly type: 'text' | 'name' | 'number'; readonly value: string }
  | { readonly type: 'mark'; readonly value: string };

/** Parses a kind. Unknown syntax becomes `any`, so that newer engines cause no error. */
export function parseKind(text: string | undefined): Kind {
  if (text === undefined) return ANY;
  const tokens = tokenize(text.trim());
  let index = 0;
  const peek = (): string | undefined => (tokens[index]?.type === 'mark' ? tokens[index]?.value : undefined);
  const take = (mark: string): boolean => {
    if (peek() !== mark) return false;
    index += 1;
    return true;
  };
  const expect = (mark: string): void => {
    if (!take(mark)) throw new UnknownKind();
  };
  const list = (close: string, item: () => void): void => {
    while (!take(close)) {
      item();
      if (!take(',') && peek() !== close) throw new UnknownKind();
    }
  };

  const union = (): Kind => {
    const options = [single()];
    while (take('|')) options.push(single());
    const [only] = options;
    return options.length === 1 && only ? only : { type: 'union', options };
  };
  const single = (): Kind => {
    if (take('[')) {
      const items: Kind[] = [];
      list(']', () => items.push(union()));
      return { type: 'tuple', items };
    }
    if (take('{')) {
      const properties: [string, Kind][] = [];
      list('}', () => {
        const key = tokens[index];
        if (key === undefined || key.type === 'mark') throw new UnknownKind();
        index += 1;
        expect(':');
        properties.push([key.value, union()]);
      });
      return { type: 'shape', properties };
    }
    const token = tokens[index];
    index += 1;
    if (token?.type === 'text') return { type: 'literal', value: token.value };
    if (token?.type === 'number') {
      // A duration or decimal literal (`5s`, `1dec`) is not a JavaScript number.
      const value = Number(token.value.replace(/f$/, ''));
      return Number.isFinite(value) ? { type: 'literal', value } : ANY;
    }
    if (token?.type !== 'name') throw new UnknownKind();
    if (token.value === 'true' || token.value === 'false') return { type: 'literal', value: token.value === 'true' };
    const args: Kind[] = [];
    if (take('<')) list('>', () => args.push(union()));
    return { type: 'word', word: token.value, args };
  };

  try {
    const kind = union();
    return index === tokens.length ? kind : ANY;
  } catch (error) {
    if (error instanceof UnknownKind) return ANY;
    throw error;
  }
}

class UnknownKind extends Error {}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [, quoted, ticked, angled, number, name, mark] of text.matchAll(TOKEN)) {
    const escaped = ticked ?? angled;
    if (quoted !== undefined) tokens.push({ type: 'text', value: unescaped(quoted.slice(1, -1)) });
    else if (escaped !== undefined) tokens.push({ type: 'name', value: unescaped(escaped) });
    else if (number !== undefined) tokens.push({ type: 'number', value: number });
    else if (name !== undefined) tokens.push({ type: 'name', value: name });
    else if (mark !== undefined) tokens.push({ type: 'mark', value: mark });
  }
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}

/** The members of a union, including those of nested unions, or the kind itself. */
export function alternatives(kind: Kind): Kind[] {
  return kind.type === 'union' ? kind.options.flatMap(alternatives) : [kind];
}

/** Whether a value of this kind may be absent. */
export function mayBeNone(kind: Kind): boolean {
  return alternatives(kind).some((option) => option.type === 'word' && ['none', 'any', 'option'].includes(option.word));
}

/** The tables of a `record<…>` or `option<record<…>>` kind. Empty for any other kind. */
export function recordTables(kind: Kind): string[] {
  const present = alternatives(kind).filter((option) => !(option.type === 'word' && option.word === 'none'));
  const [only] = present;
  if (present.length !== 1 || only?.type !== 'word' || only.word !== 'record') return [];
  return only.args.flatMap(alternatives).flatMap((table) => (table.type === 'word' ? [table.word] : []));
}

/** Whether every value of this kind other than NONE is a record or a list of records. */
export function isRecords(kind: Kind): boolean {
  const present = alternatives(kind).filter((option) => !(option.type === 'word' && option.word === 'none'));
  return (
    present.length > 0 &&
    present.every((option) => {
      if (option.type !== 'word') return false;
      if (option.word === 'record') return true;
      const [item] = option.args;
      return (option.word === 'array' || option.word === 'set') && item !== undefined && isRecords(item);
    })
  );
}
