// A small pretty printer. A group that fits stays on one line. Otherwise the outer group is broken into lines first.

/** Text to lay out: a string, a sequence, or a bracketed list. */
export type Layout = string | readonly Layout[] | Group;

export interface Group {
  readonly open: string;
  readonly close: string;
  /** `;` or `,`. On one line it stands between the items, in a broken list after each item. */
  readonly separator: string;
  readonly items: readonly Layout[];
  /** Break the list even if it fits on one line. */
  readonly broken?: boolean;
}

const WIDTH = 120;
const INDENT = '  ';

/** An object type: `{ a; b }`. */
export function typeBlock(items: readonly Layout[], broken = false): Group {
  return { open: '{', close: '}', separator: ';', items, broken };
}

const OPERATOR: ReadonlySet<Layout> = new Set([' | ', ' & ']);

/** `T[]`, or `Array<A | B>` if the element would need parentheses. */
export function arrayOf(element: Layout): Layout {
  const compound =
    typeof element === 'string'
      ? /[|&]/.test(element)
      : !('open' in element) && element.some((part) => OPERATOR.has(part));
  return compound ? ['Array<', element, '>'] : [element, '[]'];
}

/** Plain JSON data as a TypeScript expression. */
export function literal(value: unknown, broken = false): Layout {
  if (Array.isArray(value)) {
    return { open: '[', close: ']', separator: ',', items: value.map((item) => literal(item)), broken };
  }
  if (typeof value === 'object' && value !== null) {
    const items = Object.entries(value).map(([key, item]) => [`${propertyKey(key)}: `, literal(item)]);
    return { open: '{', close: '}', separator: ',', items, broken };
  }
  return typeof value === 'string' ? quote(value) : String(JSON.stringify(value));
}

/** A string literal in single quotes. */
export function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A property name, quoted only if necessary. */
export function propertyKey(name: string): string {
  // `__proto__: x` in an object literal sets the prototype, even if the name is quoted. A computed name does not.
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

/** Prints a layout. The first line starts at `column`, further lines are indented by `depth` levels. */
export function print(layout: Layout, depth = 0, column = depth * INDENT.length): string {
  if (typeof layout === 'string') return layout;
  if (!('open' in layout)) {
    let text = '';
    for (const part of layout) text += print(part, depth, column + lastLineLength(text, column));
    return text;
  }
  const flat = flatten(layout);
  if (flat !== undefined && column + flat.length < WIDTH) return flat;
  if (layout.items.length === 0) return `${layout.open}${layout.close}`;
  const inner = INDENT.repeat(depth + 1);
  const lines = layout.items.map((item) => `${inner}${print(item, depth + 1)}${layout.separator}\n`);
  return `${layout.open}\n${lines.join('')}${INDENT.repeat(depth)}${layout.close}`;
}

/** Prints a layout on one line. Returns undefined if a part of it must be broken. */
function flatten(layout: Layout): string | undefined {
  if (typeof layout === 'string') return layout;
  const parts = ('open' in layout ? layout.items : layout).map(flatten);
  if (parts.includes(undefined)) return undefined;
  if (!('open' in layout)) return parts.join('');
  if (parts.length === 0) return `${layout.open}${layout.close}`;
  if (layout.broken) return undefined;
  const padding = layout.open === '[' ? '' : ' ';
  return `${layout.open}${padding}${parts.join(`${layout.separator} `)}${padding}${layout.close}`;
}

function lastLineLength(text: string, column: number): number {
  const newline = text.lastIndexOf('\n');
  return newline < 0 ? text.length : text.length - newline - 1 - column;
}
