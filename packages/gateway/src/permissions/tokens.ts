import { NotCompilable } from './expression.ts';

/** `literal`: a value that is copied without changes. `name`: an identifier, or names joined by `::`. */
export interface Token {
  readonly kind: 'literal' | 'name' | 'escaped' | 'parameter' | 'symbol' | 'end';
  /** The source text; for `escaped` and `parameter`, the unescaped name. */
  readonly text: string;
}

/*
 * The forms in which the database prints expressions, tried in this order at the current position. A number must not be
 * followed by a letter or a digit, so `1h30m` is a duration and `1x` is refused.
 */
const FORMS: readonly (readonly [kind: Token['kind'] | 'space', form: RegExp])[] = [
  ['space', /\s+/y],
  ['literal', /[sdurb]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/sy],
  ['literal', /(?:\d+(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+(?![\p{L}\p{N}_])/uy],
  ['literal', /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:f|dec)?(?![\p{L}\p{N}_])/uy],
  // A record id whose key is a word or a number. A key that begins with a digit may contain letters.
  ['literal', /[A-Za-z_]\w*:(?:(?![:.])(?:\w+|`(?:[^`\\]|\\.)*`|⟨(?:[^⟩\\]|\\.)*⟩|u'[^']*'|u"[^"]*"))(?![:\w])/y],
  ['name', /[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*/y],
  ['escaped', /`(?:[^`\\]|\\.)*`|⟨(?:[^⟩\\]|\\.)*⟩/sy],
  ['parameter', /\$(?:\w+|`(?:[^`\\]|\\.)*`|⟨(?:[^⟩\\]|\\.)*⟩)/y],
  ['symbol', /&&|\|\||\?\?|\?:|\*\*|==|!=|\?=|\*=|<=|>=|[=<>!+\-*/%×÷∈∉∋∌⊆⊇⊄⊅⊂⊃()[\]{},.:;?|@]/uy],
];

/** @throws NotCompilable at text that matches none of the forms */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const found = tokenAt(text, at);
    at = found.end;
    if (found.token !== undefined) tokens.push(found.token);
  }
  tokens.push({ kind: 'end', text: 'the end' });
  return tokens;
}

function tokenAt(text: string, at: number): { readonly token: Token | undefined; readonly end: number } {
  for (const [kind, form] of FORMS) {
    form.lastIndex = at;
    const found = form.exec(text)?.[0];
    if (found === undefined) continue;
    return { token: kind === 'space' ? undefined : { kind, text: nameOf(kind, found) }, end: form.lastIndex };
  }
  throw new NotCompilable(`"${text.slice(at, at + 20)}" is not supported`);
}

function nameOf(kind: Token['kind'], text: string): string {
  if (kind === 'parameter') return nameOf('escaped', text.slice(1));
  if (kind !== 'escaped' || !/^[`⟨]/.test(text)) return text;
  const name = text.slice(1, -1);
  // Other escapes are rare in names, and a wrong interpretation would be dangerous.
  if (/\\[^`⟩\\]/.test(name)) throw new NotCompilable(`the name ${text} has an escape that is not supported`);
  return name.replace(/\\(.)/g, '$1');
}
