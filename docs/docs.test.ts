import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** What the documents say must be so: links lead somewhere, npm scripts exist, and code in them compiles. */
const root = fileURLToPath(new URL('..', import.meta.url));
const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'apps/*/README.md'], { cwd: root });
/** The `schema.gen.ts` of the app that a snippet is part of: its names are those of the client's tests. */
const GENERATED = join(root, 'packages/client/src/testing/schema.ts');

interface Fence {
  document: string;
  language: string;
  code: string;
}
const fences: Fence[] = documents.flatMap((document) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```/gm)].map((match) => ({
    document,
    language: match[1] ?? '',
    code: match[2] ?? '',
  })),
);

describe('documents', () => {
  it('link to files that exist', () => {
    const broken = documents.flatMap((document) =>
      [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(join(root, dirname(document), target)))
        .map((target) => `${document} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('link to headings that exist', () => {
    const broken = documents.flatMap((document) =>
      [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
        .map(([, target = '', heading = '']) => ({
          path: target === '' ? document : join(dirname(document), target),
          heading,
        }))
        .filter(({ path, heading }) => path.endsWith('.md') && !headingsOf(path).includes(heading))
        .map(({ path, heading }) => `${document} -> ${path}#${heading}`),
    );
    expect(broken).toEqual([]);
  });

  it('are all in the list of docs/README.md', () => {
    const list = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const listed = [...list.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page]) => page);
    expect(listed.toSorted()).toEqual(globSync('*.md', { cwd: join(root, 'docs'), exclude: ['README.md'] }).toSorted());
  });

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = fences
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => [...code.matchAll(/npm (?:run ([\w:-]+)|test)/g)].map(([, script = 'test']) => script));
    expect(named).toContain('dev');
    for (const script of named) expect(scripts, script).toHaveProperty(script);
  });

  it('show YAML that parses', () => {
    for (const { code, language } of fences) if (language === 'yaml') expect(() => parse(code)).not.toThrow();
  });

  it('show TypeScript that compiles', { timeout: 120_000 }, () => {
    const snippets = fences
      .filter(({ language }) => language === 'ts' || language === 'tsx')
      .map(({ document, code, language }, index): [path: string, text: string] => [
        join(root, dirname(document), `snippet-${index}.${language}`),
        `${code}\nexport {};\n`,
      ]);
    const generated = snippets.map(([path]): [path: string, text: string] => [
      join(dirname(path), 'schema.gen.ts'),
      `export * from './${relative(dirname(path), GENERATED)}';\n`,
    ]);
    expect(typeErrors(new Map([...snippets, ...generated]))).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function headingsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8').replace(/^ *```[\s\S]*?^ *```/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Compiles the snippets as files of the folder their document stands in, without writing any. */
function typeErrors(files: Map<string, string>): string[] {
  const base = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, root);
  const settings: ts.CompilerOptions = {
    ...options,
    lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    types: ['node', 'vite/client'],
    jsx: ts.JsxEmit.Preserve,
    jsxImportSource: 'solid-js',
  };
  const host = ts.createCompilerHost(settings);
  const { readFile, fileExists } = host;
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  const { getSourceFile } = host;
  host.getSourceFile = (path, version) => {
    const text = files.get(path);
    return text === undefined ? getSourceFile(path, version) : ts.createSourceFile(path, text, version, true);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return ts.getPreEmitDiagnostics(program).flatMap((diagnostic) => {
    const path = diagnostic.file?.fileName ?? '';
    if (!files.has(path)) return [];
    const line = (diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0) + 1;
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
    return [`${relative(root, path)}:${line} ${message}`];
  });
}
