/** Collects the texts of the sources: those that are shown, and the names that the code uses. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A text with a space, which somebody may read. A part that is known only at run time is `…`. */
export interface Message {
  readonly file: string;
  readonly text: string;
}

export interface Texts {
  readonly messages: readonly Message[];
  /** Every identifier, member name and text without a space. */
  readonly names: ReadonlySet<string>;
}

/** Reads all sources but tests. */
export function readTexts(): Texts {
  const files = globSync('{packages,apps,scripts}/**/*.{ts,tsx,js}', {
    cwd: root,
    exclude: (name) => /^(?:node_modules|dist|testing)$|\.test\.|\.bench\./.test(name),
  });
  const messages: Message[] = [];
  const names = new Set<string>();
  for (const file of files.toSorted()) {
    if (/node_modules|\/dist\/|\/testing\/|\.test\.|\.bench\./.test(file)) continue;
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const text = textOf(node);
      if (text === undefined) ts.forEachChild(node, visit);
      else if (text.includes(' ')) messages.push({ file, text });
      else names.add(text);
      if (ts.isIdentifier(node)) names.add(node.text);
      if (ts.isTemplateExpression(node)) for (const { expression } of node.templateSpans) visit(expression);
    };
    visit(source);
  }
  return { messages, names };
}

/** The text of a literal, also of one that is joined by `+`. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}
