import { type Expression, NotCompilable } from './expression.ts';
import { INFIX, PREFIX_POWER, SPELLINGS } from './operators.ts';
import { type Token, tokensOf } from './tokens.ts';

/** The deepest nesting of parentheses, calls, arrays and operators. */
const DEPTH_MAX = 64;

/**
 * Parses an expression as INFO prints it, with the engine's precedence (operators.ts).
 *
 * @throws NotCompilable for every form that is not supported: statements, subqueries, closures, casts, ranges, graph
 *   paths, methods, and chains such as `a < b < c` that the engine refuses
 */
export function parseExpression(text: string): Expression {
  const reader = new Reader(tokensOf(text));
  const expression = parseInfix(reader, 0, 0);
  reader.expect('end');
  return expression;
}

/** Parses the body of a function: one expression, with or without RETURN. */
export function parseBody(body: string): Expression {
  // Without RETURN, `$name = …` is an assignment, not a comparison.
  if (/^\s*\$\S+\s*=[^=]/.test(body)) throw new NotCompilable('a function sets a parameter');
  return parseExpression(body.replace(/^\s*RETURN\s+/i, '').replace(/;\s*$/, ''));
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: 'end', text: 'the end' };
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  /** Consumes the next token if it is this symbol. */
  accepts(symbol: string): boolean {
    const token = this.peek();
    const isIt = token.kind === 'symbol' && token.text === symbol;
    if (isIt) this.#at += 1;
    return isIt;
  }

  expect(kind: 'end' | 'symbol', text?: string): void {
    const token = this.next();
    if (token.kind !== kind || (text !== undefined && token.text !== text)) throw unexpected(token);
  }
}

function parseInfix(reader: Reader, minimum: number, depth: number): Expression {
  if (depth > DEPTH_MAX) throw new NotCompilable('it is nested too deeply');
  let left = parsePrefix(reader, depth);
  for (;;) {
    const found = infixAt(reader);
    if (found === undefined) return left;
    const { operator, power, isChained, length } = found;
    if (power <= minimum) return left;
    for (let taken = 0; taken < length; taken += 1) reader.next();
    const right = parseInfix(reader, power, depth + 1);
    left = { kind: 'infix', operator, left, right };
    if (!isChained && infixAt(reader)?.power === power) throw new NotCompilable(`"${operator}" is chained`);
  }
}

/** The infix operator at the reader's position, with the number of tokens it takes. */
function infixAt(reader: Reader) {
  const [first, second] = [reader.peek(), reader.peek(1)];
  const word = (token: Token): string =>
    token.kind === 'name' ? token.text.toUpperCase() : token.kind === 'symbol' ? token.text : '';
  const two = SPELLINGS.get(`${word(first)} ${word(second)}`);
  const operator = two ?? SPELLINGS.get(word(first));
  const form = operator === undefined ? undefined : INFIX.get(operator);
  if (operator === undefined || form === undefined) return undefined;
  return { operator, ...form, length: two === undefined ? 1 : 2 };
}

function parsePrefix(reader: Reader, depth: number): Expression {
  for (const operator of ['!', '-', '+']) {
    if (!reader.accepts(operator)) continue;
    const number = reader.peek();
    if (operator === '-' && number.kind === 'literal' && /^\d/.test(number.text)) {
      reader.next();
      return withoutPath(reader, { kind: 'literal', text: `-${number.text}` });
    }
    return { kind: 'prefix', operator, operand: parseInfix(reader, PREFIX_POWER, depth + 1) };
  }
  return parsePrimary(reader, depth);
}

const CONSTANTS = new Set(['TRUE', 'FALSE', 'NONE', 'NULL', 'NAN', 'INFINITY']);
/** Words that begin something other than a field. */
const STATEMENTS =
  /^(?:SELECT|CREATE|UPDATE|UPSERT|DELETE|INSERT|RELATE|DEFINE|REMOVE|IF|FOR|LET|RETURN|THROW|FUNCTION|BEGIN|INFO|LIVE|SLEEP|REBUILD|ALTER|ACCESS|USE|SHOW|KILL|OPTION|CONTINUE|BREAK|NOT|COMMIT|CANCEL|EXPLAIN)$/i;

function parsePrimary(reader: Reader, depth: number): Expression {
  const token = reader.next();
  switch (token.kind) {
    case 'literal':
      return withoutPath(reader, { kind: 'literal', text: token.text });
    case 'parameter':
      return { kind: 'parameter', name: token.text, segments: parseSegments(reader) };
    case 'escaped':
      return { kind: 'path', segments: [token.text, ...parseSegments(reader)] };
    case 'name':
      return parseName(reader, token.text, depth);
    case 'symbol':
      return parseEnclosed(reader, token, depth);
    default:
      throw unexpected(token);
  }
}

function parseName(reader: Reader, name: string, depth: number): Expression {
  if (reader.accepts('(')) {
    const items = parseList(reader, ')', depth);
    return withoutPath(reader, {
      kind: 'call',
      name: name.toLowerCase().startsWith('fn::') ? name : name.toLowerCase(),
      arguments: items,
    });
  }
  if (name.includes('::') || STATEMENTS.test(name)) throw new NotCompilable(`"${name}" is not supported`);
  if (CONSTANTS.has(name.toUpperCase())) return withoutPath(reader, { kind: 'literal', text: name });
  return { kind: 'path', segments: [name, ...parseSegments(reader)] };
}

function parseEnclosed(reader: Reader, token: Token, depth: number): Expression {
  if (token.text === '(') {
    const inner = parseInfix(reader, 0, depth + 1);
    reader.expect('symbol', ')');
    return withoutPath(reader, inner);
  }
  if (token.text === '[') return withoutPath(reader, { kind: 'array', items: parseList(reader, ']', depth) });
  if (token.text === '{') return withoutPath(reader, { kind: 'object', members: parseMembers(reader, depth) });
  throw unexpected(token);
}

function parseList(reader: Reader, end: string, depth: number): readonly Expression[] {
  const items: Expression[] = [];
  while (!reader.accepts(end)) {
    items.push(parseInfix(reader, 0, depth + 1));
    if (reader.accepts(end)) break;
    reader.expect('symbol', ',');
  }
  return items;
}

function parseMembers(reader: Reader, depth: number): readonly (readonly [string, Expression])[] {
  const members: (readonly [string, Expression])[] = [];
  while (!reader.accepts('}')) {
    const name = reader.next();
    if (name.kind !== 'name' && name.kind !== 'escaped') throw unexpected(name);
    reader.expect('symbol', ':');
    members.push([name.text, parseInfix(reader, 0, depth + 1)]);
    if (reader.accepts('}')) break;
    reader.expect('symbol', ',');
  }
  return members;
}

function parseSegments(reader: Reader): readonly string[] {
  const segments: string[] = [];
  while (reader.accepts('.')) {
    const token = reader.next();
    if ((token.kind !== 'name' && token.kind !== 'escaped') || token.text.includes('::')) throw unexpected(token);
    segments.push(token.text);
  }
  refusePath(reader);
  return segments;
}

function withoutPath(reader: Reader, expression: Expression): Expression {
  const token = reader.peek();
  if (token.kind === 'symbol' && token.text === '.') throw new NotCompilable('a path on a value is not supported');
  refusePath(reader);
  return expression;
}

/** Refuses indexes, filters, destructuring, methods, and optional and graph paths. */
function refusePath(reader: Reader): void {
  const token = reader.peek();
  if (token.kind === 'symbol' && ['[', '(', '{', '?', ':', '|', '@'].includes(token.text)) {
    // A `:` follows a member's name, never a value.
    throw unexpected(token);
  }
}

function unexpected({ text }: Token): NotCompilable {
  return new NotCompilable(`"${text}" is not supported here`);
}
