/** A place in a file. Both numbers start at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const FLAGS = '(?:OVERWRITE\\s+|IF\\s+NOT\\s+EXISTS\\s+)?';

/** The place where the text defines a field, or else its table, or else the start of the text. */
export function fieldPlace(text: string, table: string, field?: string): Place {
  const definition = findDefinition(text, table, field) ?? findDefinition(text, table);
  return placeAt(text, definition?.index ?? 0);
}

/** Whether the text defines a field, or a table if no field is given. */
export function hasDefinition(text: string, table: string, field?: string): boolean {
  return findDefinition(text, table, field) !== null;
}

/** The place of the character at an index. */
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
