import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  visit,
} from 'yaml';
import { aliasTargets } from './alias-targets.ts';
import type { ConfigIssue, ConfigIssueCode } from './errors.ts';
import { mappingEntries } from './mapping-entries.ts';

/** A position in a file. Line and column start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type PathSegment = string | number;

/** A YAML or JSON text as plain data, with the position of each value. */
export interface Source {
  readonly file: string;
  /** Objects have no prototype, so `__proto__` is an ordinary key. */
  readonly value: unknown;
  /** Empty if the text is valid. */
  readonly issues: readonly ConfigIssue[];
  /** The position of the key or list item at `path`, or of its nearest existing ancestor. */
  positionOf(path: readonly PathSegment[]): Position;
  /**
   * The position of the character at `offset` in a text value, or the start of the value if its source is escaped or
   * folded.
   */
  positionIn(path: readonly PathSegment[], offset: number): Position;
}

/** Far above any real file. Stops an alias bomb. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 200;
const TOO_LARGE = 'the file is too large or too deep; shorten it';

/**
 * Replacements for the parser's messages, which quote the source, possibly with a secret, and do not say what to write
 * instead.
 */
const MALFORMED: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) cannot have its own anchor or tag; remove it',
  BAD_ALIAS: 'this alias (*name) has no anchor; write &name before the value that it refers to',
  BAD_INDENT: 'the indentation does not fit the lines around it; align the keys of a block, and close every [ and {',
  BAD_SCALAR_START: 'a value cannot start with this character; put the value in quotes',
  BAD_DQ_ESCAPE: 'a \\ escape inside double quotes is not valid; write \\\\ or use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'two keys on one line; put each on its own line, or the value in quotes',
  BLOCK_IN_FLOW: 'a block inside { } or [ ] does not work; write everything here on one line, or nothing',
  DUPLICATE_KEY: 'this key exists twice; remove one',
  KEY_OVER_1024_CHARS: 'a key is too long; is a colon or a quote missing?',
  MISSING_CHAR: 'a character is missing; close every quote and bracket, and put a space after each colon',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; is a quote or a colon missing above?',
  MULTIPLE_ANCHORS: 'a value can have one anchor only; remove the others',
  MULTIPLE_DOCS: 'there is a second document after ---; keep one document a file',
  MULTIPLE_TAGS: 'a value can have one tag only; remove the others',
  NON_STRING_KEY: 'keys must be text; put it in quotes',
  RESOURCE_EXHAUSTION: 'the nesting is too deep; flatten it',
  TAB_AS_INDENT: 'a tab is used as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'this !tag is not known; remove it',
  UNEXPECTED_TOKEN: 'unexpected text; put values that contain { } [ ] , or # in quotes',
};

interface Place {
  readonly at: number;
  readonly node: Node | null;
}

/** Parses `text`. Never throws. */
export function parseSource(file: string, text: string): Source {
  const lineCounter = new LineCounter();
  const places = new Map<string, Place>();
  const issues: ConfigIssue[] = [];
  let parsed = 0;

  const positionAt = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(Math.max(0, Math.min(offset, text.length)));
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const report = (code: ConfigIssueCode, offset: number, path: readonly PathSegment[], message: string): void => {
    issues.push({ code, file, ...positionAt(offset), path: formatPath(path), message });
  };

  const document = parseDocument<ParsedNode>(text, {
    lineCounter,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: true,
    // Also for a file that begins with %YAML 1.1: the same text has the same meaning in every file.
    schema: 'core',
    resolveKnownTags: false,
  });
  const targets = aliasTargets(document);

  /** Counts a node. Reports a document that is too large once, and returns false from then on. */
  const count = (at: number): boolean => {
    parsed += 1;
    if (parsed <= MAX_NODES) return true;
    if (issues.length === 0) report('SPOOKY_CONFIG_MALFORMED', at, [], TOO_LARGE);
    return false;
  };

  const read = (node: Node | null, path: readonly PathSegment[], at: number, within: readonly Node[]): unknown => {
    if (!count(at)) return undefined;
    if (path.length > MAX_DEPTH) {
      if (issues.length === 0) report('SPOOKY_CONFIG_MALFORMED', at, [], TOO_LARGE);
      return undefined;
    }
    places.set(placeKey(path), { at, node });
    if (isAlias(node)) {
      const target = targets.get(node);
      if (target === undefined || within.includes(target)) {
        report('SPOOKY_CONFIG_MALFORMED', at, path, 'this alias (*name) refers to nothing, or to itself; remove it');
        return undefined;
      }
      return read(target, path, at, [...within, target]);
    }
    if (isScalar(node)) {
      const fault = numberFault(node.value, node.source);
      if (fault !== undefined) report('SPOOKY_CONFIG_MALFORMED', node.range?.[0] ?? at, path, fault);
      return node.value;
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const child = isPair(item) ? null : (item as Node | null);
        return read(child, [...path, index], child?.range?.[0] ?? at, node.anchor ? [...within, node] : within);
      });
    }
    if (!isMap(node)) return null;
    const object: Record<string, unknown> = Object.create(null);
    const entries = mappingEntries(node, at, within, {
      targets,
      count: () => count(at),
      report: (offset, message) => report('SPOOKY_CONFIG_MALFORMED', offset, path, message),
    });
    for (const [name, entry] of entries) object[name] = read(entry.value, [...path, name], entry.at, entry.within);
    return object;
  };

  const seen = new Set<number>();
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const at = code === 'MISSING_CHAR' ? openQuote(document, pos[0]) : pos[0];
    // One error per line is enough: the others are consequences.
    const { line } = positionAt(at);
    if (seen.has(line)) continue;
    seen.add(line);
    report('SPOOKY_CONFIG_MALFORMED', at, [], MALFORMED[code] ?? 'this is not YAML; check quotes and indentation');
  }
  const value = issues.length > 0 ? undefined : read(document.contents, [], document.contents?.range?.[0] ?? 0, []);

  const placeOf = (path: readonly PathSegment[]): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(placeKey(path.slice(0, length)));
      if (place) return place;
    }
    return { at: 0, node: null };
  };

  return {
    file,
    value: issues.length > 0 ? undefined : value,
    issues,
    positionOf: (path) => positionAt(placeOf(path).at),
    positionIn: (path, offset) => {
      const { node, at } = placeOf(path);
      const range = node?.range;
      if (!isScalar(node) || !range || typeof node.value !== 'string') return positionAt(at);
      const literal = text.slice(range[0], range[1]);
      const start = literal.indexOf(node.value);
      return positionAt(start < 0 ? range[0] : range[0] + start + offset);
    },
  };
}

/** Returns why a number is not the one that its reader expects, or undefined. */
function numberFault(value: unknown, source: string | undefined): string | undefined {
  if (typeof value !== 'number' || source === undefined || !/^[-+]?0\d/.test(source)) return undefined;
  return 'a number with a leading zero is decimal in YAML 1.2 and octal in YAML 1.1; remove the zero, write 0o for octal, or put text in quotes';
}

/** Returns the position of the quote that is still open at `end`, where the parser noticed it, or `end`. */
function openQuote(document: Document.Parsed, end: number): number {
  let at = end;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (range && (type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') && range[1] >= end) at = range[0];
    },
  });
  return at;
}

/** Formats a path: `backends.api.baseUrl`, `clientTypes[0].output`, `paths["/spookify"].post`. */
export function formatPath(path: readonly PathSegment[]): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (/^[\w$-]+$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
  }
  return text;
}

function placeKey(path: readonly PathSegment[]): string {
  return JSON.stringify(path.map(String));
}
