/** The alternatives of a kind as INFO prints it: `none | record<user>` has two, `array<int | string>` one. */
export function alternativesOf(kind: string | undefined): readonly string[] {
  if (kind === undefined) return ['any'];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < kind.length; at += 1) {
    const character = kind[at] ?? '';
    // A literal kind may contain any character, so it is not split.
    if (character === "'" || character === '"') return [kind];
    if ('<[{('.includes(character)) depth += 1;
    if ('>]})'.includes(character)) depth -= 1;
    if (character === '|' && depth === 0) {
      parts.push(kind.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(kind.slice(start));
  return parts.flatMap((part) => optionOf(part.trim()));
}

/** The alternatives without `none` and `null`. */
export function presentAlternatives(kind: string | undefined): readonly string[] {
  return alternativesOf(kind).filter((one) => one !== 'none' && one !== 'null');
}

/** The tables that `record<a | b>` names; undefined for any other kind, and for a record of any table. */
export function recordTablesOf(alternative: string): readonly string[] | undefined {
  const inner = /^record<(.+)>$/.exec(alternative)?.[1];
  return inner?.split('|').map((name) => bareName(name.trim()));
}

/** The table that a field links to, if its kind is a record of one table, optional or not. */
export function linkedTable(kind: string | undefined): string | undefined {
  const present = presentAlternatives(kind);
  const tables = present.length === 1 ? recordTablesOf(present[0] ?? '') : undefined;
  return tables?.length === 1 ? tables[0] : undefined;
}

function optionOf(kind: string): readonly string[] {
  const inner = /^option<(.+)>$/.exec(kind)?.[1];
  return inner === undefined ? [kind] : ['none', ...alternativesOf(inner)];
}

function bareName(name: string): string {
  return /^[`⟨].*[`⟩]$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name;
}
