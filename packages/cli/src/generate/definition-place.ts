/** A place in a file, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const FLAGS = '(?:OVERWRITE\\s+|IF\\s+NOT\\s+EXISTS\\s+)?';

/** Where the text defines the field, or, if it does not, the table; the start of the text if neither. */
export function fieldPlace(text: string, table: string, field?: string): Place {
  const definition = findDefinition(text, table, field) ?? findDefinition(text, table);
  return placeAt(text, definition?.index ?? 0);
}

/** Whether the text defines the field; without one, the table. */
export function hasDefinition(text: string, table: string, field?: string): boolean {
  return findDefinition(text, table, field) !== null;
}

/** Of a character, by its index. */
export function placeAt(text: string, index: number): Place {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function findDefinition(text: string, table: string, field?: string): RegExpExecArray | null {
  const of = escaped(table);
  const pattern =
    field === undefined
      ? `DEFINE\\s+TABLE\\s+${FLAGS}\`?${of}\\b`
      : `DEFINE\\s+FIELD\\s+${FLAGS}\`?${escaped(field)}\`?\\s+ON\\s+(?:TABLE\\s+)?\`?${of}\\b`;
  return new RegExp(pattern, 'i').exec(text);
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
