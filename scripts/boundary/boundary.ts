/**
 * Finds paths that cross the boundary between the engine (`packages/`) and the owner's files (everything else except
 * `bench/`), and imports against the directions of the packages. It reads the syntax of files, so it cannot see a path that
 * is built at run time; `npm run test:engine-alone` finds those.
 */
import path from 'node:path/posix';
import ts from 'typescript';
import { directionOf } from './directions.ts';

/** A file of the project. */
export interface ProjectFile {
  /** The path from the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The only file outside of `packages/` that the engine may use: the statistics of its benchmarks. */
const SHARED = 'bench/measure.ts';
const TEST = /\.(?:test|bench)\.tsx?$|\/testing\//;

/**
 * Returns the paths in a file of the engine that lead out of it, each with its target. In Markdown, only those of its code.
 */
export function outsidePathsOf(file: ProjectFile): string[] {
  if (!file.path.startsWith('packages/')) return [];
  const folder = path.dirname(file.path);
  const targets = new Set(upwardPathsOf(file).map((upward) => path.join(folder, upward)));
  const outside = [...targets].filter((target) => !target.startsWith('packages/') && target !== SHARED);
  return outside.map((target) => `${file.path} names ${target}`);
}

/** Returns the imports of a file that its package may not have. */
export function wrongImportsOf(file: ProjectFile, scope: string): string[] {
  const own = packageOf(file.path);
  const direction = directionOf(own);
  if (direction === undefined) return [`${own} has no directions`];
  const isTest = TEST.test(file.path);
  const allowed = isTest ? [...direction.source, ...direction.tests] : direction.source;
  return importsOf(file).flatMap((specifier) => {
    const target = targetOf(specifier, file.path, scope);
    const isOwn = target === undefined || target === path.basename(own);
    const mayImport = isOwn || allowed.includes(target) || allowed.includes(target.split('/')[0] ?? target);
    // Only tests may import internal files of another package, by path, and files that support tests.
    const isInside = (!isOwn && specifier.startsWith('.')) || TEST.test(specifier);
    return mayImport && (isTest || !isInside) ? [] : [`${file.path} imports ${specifier}`];
  });
}

/**
 * Returns the package of ours that an import names, with its entry: `gateway/wire`. Undefined for other packages and for
 * files outside of all packages.
 */
function targetOf(specifier: string, from: string, scope: string): string | undefined {
  if (specifier.startsWith(scope)) return specifier.slice(scope.length);
  if (!specifier.startsWith('.')) return undefined;
  const target = packageOf(path.join(path.dirname(from), specifier));
  return target.startsWith('packages/') || target.startsWith('apps/') ? path.basename(target) : undefined;
}

function packageOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

function importsOf(file: ProjectFile): string[] {
  return codeOf(file).flatMap((code) =>
    ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName),
  );
}

/**
 * Returns every text that begins with `..`. Consecutive arguments of a call are one path: `join(folder, '..', '..',
 * 'schema')`.
 */
function upwardPathsOf(file: ProjectFile): string[] {
  const paths: string[] = [];
  const visit = (node: ts.Node): void => {
    const texts = ts.isCallExpression(node) || ts.isNewExpression(node) ? (node.arguments ?? []) : [node];
    const joined = path.join(...texts.map(textOf).filter((text) => text !== undefined));
    if (joined.startsWith('..')) paths.push(joined);
    ts.forEachChild(node, visit);
  };
  for (const code of codeOf(file)) visit(ts.createSourceFile(file.path, code, ts.ScriptTarget.Latest));
  return paths;
}

/** Of a template, returns the text before the first value. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) ? node.head.text : undefined;
}

function codeOf({ path, text }: ProjectFile): string[] {
  if (!path.endsWith('.md')) return [text];
  return [...text.matchAll(/^```tsx?\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
}
