import path from 'node:path';
import ts from 'typescript';

const GENERATED = path.join(import.meta.dirname, 'virtual/schema.gen.ts');
const CLIENT = path.resolve(import.meta.dirname, '../../../../client/src/index.ts');

export interface TypeError {
  /** The line of code that has the error. */
  readonly line: string;
  readonly message: string;
}

/** Compiles a generated file, followed by more lines of code, in strict mode and returns the errors. Writes nothing. */
export function typeErrors(generated: string, lines: readonly string[]): TypeError[] {
  const text = `${generated}\n${lines.map((line) => `export ${line}`).join('\n')}\n`;
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    paths: { '@spookify/client': [CLIENT] },
    rewriteRelativeImportExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === GENERATED || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === GENERATED ? ts.createSourceFile(name, text, rest[0]) : getSourceFile(name, ...rest);

  const program = ts.createProgram([GENERATED], options, host);
  const source = program.getSourceFile(GENERATED);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
    const { line } = ts.getLineAndCharacterOfPosition(
      diagnostic.file ?? ts.createSourceFile('', '', 99),
      diagnostic.start ?? 0,
    );
    return {
      line: (text.split('\n')[line] ?? '').replace(/^export /, ''),
      message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    };
  });
}
