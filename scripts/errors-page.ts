/**
 * Writes docs/errors.md, the page that lists every error code, from the catalogues in the sources. The comment above a code
 * is its meaning. `npm run errors-page` writes the page; a test fails while it is out of date.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const CODE = /^SPOOKY_[A-Z_]+$/;

/** A code and its meaning; the meaning is empty if the catalogue has none. */
export interface CodeEntry {
  readonly code: string;
  readonly meaning: string;
}

/** Returns every catalogue of the project: its package and its codes, in the order of the source. */
export function catalogues(): { folder: string; file: string; entries: CodeEntry[] }[] {
  const files = globSync('{packages,apps}/*/src/{errors,wire/errors,server/start-error}.ts', { cwd: root }).toSorted();
  return files
    .map((file) => ({ folder: file.split('/src/')[0] ?? file, file, entries: entriesOf(file) }))
    .filter(({ entries }) => entries.length > 0);
}

/** Returns the text of the page. */
export function errorsPage(): string {
  const sections = catalogues().map(({ folder, file, entries }) => {
    const rows = entries.map(({ code, meaning }) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`);
    return `## [${folder}](../${file})\n\n| Code | Meaning |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  return `# Error codes

Error codes are stable, so programs may switch on them. Messages may change. Each message says what is wrong and what to do. The codes of a
single job's failures are not listed here: they are in \`errors[].code\` of its row, and the [runner's README](../packages/runner/README.md)
lists them.

\`npm run errors-page\` writes this page from the sources.

${sections.join('\n')}`;
}

function entriesOf(file: string): CodeEntry[] {
  const text = readFileSync(join(root, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const entries = new Map<string, CodeEntry>();
  const visit = (node: ts.Node): void => {
    const entry = unionMember(node, text) ?? tableRow(node);
    if (entry !== undefined && !entries.has(entry.code)) entries.set(entry.code, entry);
    ts.forEachChild(node, visit);
  };
  visit(source);
  // Consecutive codes share the comment above the first of them.
  let last = '';
  return [...entries.values()].map(({ code, meaning }) => {
    last = meaning || last;
    return { code, meaning: last };
  });
}

/** `| 'SPOOKY_X_Y'` in a union of codes, explained by the comment above it. */
function unionMember(node: ts.Node, text: string): CodeEntry | undefined {
  if (!ts.isLiteralTypeNode(node) || !ts.isStringLiteral(node.literal) || !CODE.test(node.literal.text)) return;
  // The comment comes before the bar, which belongs to the union.
  const before = text.slice(0, node.getStart()).replace(/\|\s*$/, '');
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? '';
  return {
    code: node.literal.text,
    meaning: comment
      .replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim(),
  };
}

/** `SPOOKY_X_Y: { status, message }` in a table of answers. */
function tableRow(node: ts.Node): CodeEntry | undefined {
  if (!ts.isPropertyAssignment(node) || !CODE.test(node.name.getText())) return;
  if (!ts.isObjectLiteralExpression(node.initializer)) return;
  const field = (name: string) =>
    node.initializer.forEachChild((child) =>
      ts.isPropertyAssignment(child) && child.name.getText() === name ? child.initializer : undefined,
    );
  const message = field('message');
  const status = field('status')?.getText() ?? '';
  return {
    code: node.name.getText(),
    meaning: `${status}: ${message && ts.isStringLiteral(message) ? message.text : ''}`,
  };
}

if (import.meta.main) writeFileSync(join(root, 'docs/errors.md'), errorsPage());
